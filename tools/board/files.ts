/** Files in a board's Storage: written in pieces, gone on with where an upload was cut off, and compared with what they should be. */
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { Board } from "./board.ts";
import { quote } from "./console.ts";
import { crc32 } from "./crc32.ts";

/** Bytes of a file in one typed line. The Web IDE takes as many; a board of 1600 variables has room for them. */
export const CHUNK = 1024;
/** Milliseconds that writing a piece, or reading a whole file for its checksums, may take. */
const WRITE_PATIENCE = 5000;
/** How often a file is written when the console loses parts of it. */
const TRIES = 4;

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
  const list = await board.ask<number[] | null>(
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

/** Writes one piece; false when the console lost a part of it and the file is to be looked at anew. */
async function writePiece(board: Board, name: string, content: string, nth: number): Promise<boolean> {
  const offset = nth * CHUNK;
  const piece = content.slice(offset, offset + CHUNK);
  try {
    await board.console.request(
      `require("Storage").write(${quote(name)},${quote(piece)},${offset},${content.length})`,
      WRITE_PATIENCE,
    );
    return true;
  } catch (error) {
    const isLost = board.isLoss(error) || /already written|too much data/i.test((error as Error).message);
    if (!isLost) throw failure(board, name, error as Error);
    await board.breakIn();
    return false;
  }
}

/** Writes these pieces; false when one of them was lost. */
async function writePieces(
  board: Board,
  name: string,
  content: string,
  left: number[],
  progress: (done: number) => void,
): Promise<boolean> {
  const sizeOf = (nth: number): number => Math.min(CHUNK, content.length - nth * CHUNK);
  let done = content.length - left.reduce((sum, nth) => sum + sizeOf(nth), 0);
  progress(done);
  for (const nth of left) {
    if (!(await writePiece(board, name, content, nth))) return false;
    done += sizeOf(nth);
    progress(done);
  }
  return true;
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
  let written = 0;
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    let left = await missing(board, name, content);
    if (!left) {
      await erase(board, name);
      left = [...piecesOf(content).keys()];
    }
    const before = content.length - left.reduce((sum, nth) => sum + piecesOf(content)[nth]!.length, 0);
    let last = before;
    const isWhole = await writePieces(board, name, content, left, (done) => {
      last = done;
      progress(done);
    });
    written += last - before;
    if (isWhole && (await isSame(board, name, content))) return written;
  }
  throw new UserError(
    `What ${board.name} has of ${name} is not what was sent, and was not after ${TRIES} attempts: its checksum differs.`,
    EXIT.WRITE,
    HINTS["write stalls"],
  );
}
