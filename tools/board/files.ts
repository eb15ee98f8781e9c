/** Files in a board's Storage: written in pieces, gone on with where an upload was cut off, and compared with what they should be. */
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { Board } from "./board.ts";
import { ConsoleError, quote } from "./console.ts";
import { crc32 } from "./crc32.ts";

/** Bytes of a file in one typed line. The Web IDE takes as many; a board of 1600 variables has room for them. */
export const CHUNK = 1024;
/** Milliseconds that writing may take: where Storage is full the board moves all files first. */
const WRITE_PATIENCE = 60000;
/** How often a piece is written again when the console lost a part of it. */
const TRIES = 3;

// What a file takes in Storage besides its bytes: Espruino's JsfFileHeader, and alignment.
const HEADER = 32;
const ALIGNMENT = 8;

/** Bytes of Storage that a file of `size` bytes takes at most. */
export const roomFor = (size: number): number => HEADER + Math.ceil(size / ALIGNMENT) * ALIGNMENT;

function piecesOf(content: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < content.length; at += CHUNK) pieces.push(content.slice(at, at + CHUNK));
  return pieces;
}

/** A file on the board: its size and the CRC-32 of each piece; undefined when there is none. */
async function look(board: Board, name: string): Promise<{ size: number; checksums: number[] } | undefined> {
  const list = await board.console.request<number[] | null>(
    `(function(s,n,f,l,i){f=s.read(n);if(f===undefined)return null;l=[f.length];for(i=0;i<f.length;i+=${CHUNK})l.push(E.CRC32(s.read(n,i,${CHUNK})));return l})(require("Storage"),${quote(name)})`,
    WRITE_PATIENCE,
  );
  return list ? { size: list[0]!, checksums: list.slice(1) } : undefined;
}

/** Does the board have this very file? */
export async function isSame(board: Board, name: string, content: string): Promise<boolean> {
  const found = await look(board, name);
  return (
    found?.size === content.length &&
    piecesOf(content).every((piece, nth) => crc32(piece) === found.checksums[nth])
  );
}

export async function erase(board: Board, name: string): Promise<void> {
  await board.eval(`require("Storage").erase(${quote(name)})`);
}

/** Numbers of the pieces that are yet to be written; undefined when the file is another one, or none. */
async function missing(board: Board, name: string, content: string): Promise<number[] | undefined> {
  const found = await look(board, name);
  if (found?.size !== content.length) return undefined;
  const left: number[] = [];
  for (const [nth, piece] of piecesOf(content).entries()) {
    if (found.checksums[nth] === crc32(piece)) continue;
    if (found.checksums[nth] !== crc32("\xff".repeat(piece.length))) return undefined;
    left.push(nth);
  }
  // Writing at 0 makes a new file of one that has anything in it.
  return left[0] === 0 && left.length < piecesOf(content).length ? undefined : left;
}

/** What a failed write means. */
function failure(board: Board, name: string, error: Error): UserError {
  if (error instanceof UserError) return error;
  if (/find or create file/.test(error.message))
    return new UserError(
      `Storage of ${board.name} has no room for ${name}.`,
      EXIT.BOARD,
      'Erase what it does not need: require("Storage").list() at the console shows it.',
    );
  const symptom = symptomOf(error.message);
  const hint = symptom ? HINTS[symptom] : HINTS["write stalls"];
  return new UserError(`Writing ${name} to ${board.name} failed: ${error.message}.`, EXIT.WRITE, hint);
}

async function writePiece(board: Board, name: string, content: string, nth: number): Promise<void> {
  const offset = nth * CHUNK;
  const piece = content.slice(offset, offset + CHUNK);
  const code = `require("Storage").write(${quote(name)},${quote(piece)},${offset},${content.length})`;
  for (let attempt = 1; ; attempt++) {
    try {
      await board.console.request(code, offset ? WRITE_PATIENCE / 6 : WRITE_PATIENCE);
      return;
    } catch (error) {
      // The answer alone may have been lost.
      const isLost =
        error instanceof ConsoleError
          ? /SyntaxError|not whole|Uncaught|already written/.test(error.message)
          : board.console.gone === undefined;
      if (!isLost || attempt === TRIES) throw failure(board, name, error as Error);
      await board.breakIn();
      const left = await missing(board, name, content);
      if (left && !left.includes(nth)) return;
      if (!left) throw failure(board, name, error as Error);
    }
  }
}

/**
 * Writes a file unless the board has it, and gives how many bytes were written. What an upload that was cut off left of this
 * very file is kept. `progress` is called with the bytes that are in place. Rejects when what is read back differs.
 */
export async function writeFile(
  board: Board,
  name: string,
  content: string,
  progress: (done: number) => void = () => undefined,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    let left = await missing(board, name, content);
    if (!left) {
      await erase(board, name);
      left = [...piecesOf(content).keys()];
    }
    const start = content.length - left.reduce((sum, nth) => sum + piecesOf(content)[nth]!.length, 0);
    let done = start;
    progress(done);
    for (const nth of left) {
      await writePiece(board, name, content, nth);
      done += Math.min(CHUNK, content.length - nth * CHUNK);
      progress(done);
    }
    if (await isSame(board, name, content)) return content.length - start;
    if (attempt === 2)
      throw new UserError(
        `What ${board.name} has of ${name} is not what was sent: its checksum differs.`,
        EXIT.WRITE,
        HINTS["write stalls"],
      );
  }
}
