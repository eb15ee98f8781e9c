/** An ESP32's partition table, as ESP-IDF's `gen_esp32part.py` writes it. */
import { createHash } from "node:crypto";

export interface Partition {
  name: string;
  type: "app" | "data" | "other";
  offset: number;
  size: number;
}

const ENTRY = 32;
const MAGIC = 0x50aa;
const MAGIC_MD5 = 0xebeb;
const TYPES = ["app", "data"] as const;

/** The table's partitions; undefined when it is none, or damaged. */
export function readPartitions(bytes: Buffer): Partition[] | undefined {
  const partitions: Partition[] = [];
  for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
    const magic = bytes.readUInt16LE(at);
    if (magic === MAGIC_MD5) {
      const sum = createHash("md5").update(bytes.subarray(0, at)).digest();
      if (!sum.equals(bytes.subarray(at + 16, at + ENTRY))) return undefined;
      break;
    }
    if (magic !== MAGIC) break;
    const label = bytes.toString("latin1", at + 12, at + 28);
    partitions.push({
      name: label.slice(0, (label + "\0").indexOf("\0")),
      type: TYPES[bytes[at + 2]!] ?? "other",
      offset: bytes.readUInt32LE(at + 4),
      size: bytes.readUInt32LE(at + 8),
    });
  }
  return partitions.length ? partitions : undefined;
}
