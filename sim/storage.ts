import type { Storage } from "../hw/espruino.d.ts";
import type { Realm } from "./realm.ts";

/** Files of a board in its flash, as byte strings. */
export interface Flash {
  readonly files: Map<string, string>;
  /** Bytes for files, headers and what was erased. */
  readonly size: number;
  /** Bytes of erased files that compaction has not taken back yet. */
  trash: number;
  /**
   * Asked before bytes of a file change, with those before and after; both are empty where there is no file. A text that it
   * returns is there when power is lost in the middle of the change.
   */
  interrupt?: ((before: string, after: string) => string | undefined) | undefined;
  /** Takes the power away: the program does not come back from that change. */
  losePower?(): void;
}

/** `require("Storage")` as the console and programs that upload use it. */
export interface WritableStorage extends Storage {
  read(name: string, offset?: number, length?: number): string | undefined;
  write(name: string, data: unknown, offset?: number, size?: number): boolean;
  erase(name: string): void;
  eraseAll(): void;
  list(): string[];
  getFree(): number;
  getStats(): object;
  compact(): void;
}

// sizeof(JsfFileHeader) and the alignment of flash writes in Espruino's src/jsflash.c.
const HEADER = 32;
const ALIGNMENT = 4;
const LONGEST_NAME = 28;
const ERASED = "\xff";

/** Bytes that a file takes. */
const room = (size: number): number => HEADER + Math.ceil(size / ALIGNMENT) * ALIGNMENT;

const bytesOf = (files: Map<string, string>): number =>
  [...files.values()].reduce((sum, content) => sum + room(content.length), 0);

/** Bytes a new file may have at most, its header included, before anything is compacted. */
const freeOf = ({ files, size, trash }: Flash): number => Math.max(0, size - bytesOf(files) - trash);

/** Changes a file in one operation of the flash; without a text it is there no more. */
function change(flash: Flash, name: string, content = ""): void {
  const before = flash.files.get(name) ?? "";
  const torn = flash.interrupt?.(before, content);
  const after = torn ?? content;
  if (before && !after) flash.trash += room(before.length);
  if (after) flash.files.set(name, after);
  else flash.files.delete(name);
  if (torn === undefined) return;
  flash.losePower?.();
  throw new Error("Simulator: power was lost");
}

function erase(flash: Flash, name: string): void {
  if (flash.files.has(name)) change(flash, name);
}

/** jsfWriteFile of src/jsflash.c: gives what the engine throws, or nothing. */
function write(flash: Flash, name: string, data: string, offset: number, size: number): string | undefined {
  if (!size) return "Can't create zero length file";
  const { files } = flash;
  let content = files.get(name);
  const isFresh = content?.length === size && content === ERASED.repeat(size);
  if (offset === 0 && !isFresh) {
    if (content === data && data.length === size) return undefined;
    erase(flash, name);
    // Compaction comes when there is no room at the end.
    if (room(size) > freeOf(flash)) flash.trash = 0;
    content = room(size) > freeOf(flash) ? undefined : ERASED.repeat(size);
    if (content !== undefined) change(flash, name, content);
  }
  if (content === undefined) return "Unable to find or create file";
  if (offset + data.length > content.length) return "Too much data for file size";
  if (content.slice(offset, offset + data.length) !== ERASED.repeat(data.length))
    return "File already written with different data";
  change(flash, name, content.slice(0, offset) + data + content.slice(offset + data.length));
  return undefined;
}

/** What is written is text, whatever was given. */
function textOf(data: unknown): string {
  return typeof data === "object" && data !== null && ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1")
    : String(data);
}

/** Makes the module for one boot of a board. */
export function createStorage(realm: Realm, flash: Flash): WritableStorage {
  const nameOf = (name: unknown): string => String(name).slice(0, LONGEST_NAME);
  return realm.record<WritableStorage>({
    read(name, offset = 0, length = 0) {
      const content = flash.files.get(nameOf(name));
      return length ? content?.slice(offset, offset + length) : content?.slice(offset);
    },
    write(name, data, offset = 0, size = 0) {
      const text = textOf(data);
      const problem = write(flash, nameOf(name), text, offset, size || text.length);
      if (problem) throw realm.error("Error", problem);
      return true;
    },
    erase: (name) => erase(flash, nameOf(name)),
    eraseAll() {
      flash.files.clear();
      flash.trash = 0;
    },
    list: () => realm.list([...flash.files.keys()].sort()),
    getFree: () => freeOf(flash),
    getStats: () =>
      realm.record({
        totalBytes: flash.size,
        freeBytes: freeOf(flash),
        fileBytes: bytesOf(flash.files),
        fileCount: flash.files.size,
        trashBytes: flash.trash,
      }),
    compact: () => void (flash.trash = 0),
  });
}
