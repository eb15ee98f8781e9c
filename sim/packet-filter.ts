import { parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";

/** What becomes of a packet: it goes on, vanishes, or goes on later, and all behind it with it (ms). */
export type Verdict = "pass" | "drop" | { delay: number };

/** Judges one whole packet of one direction. */
export type Judge = (packet: Packet, bytes: Buffer) => Verdict;

/** A part of the stream that may go on, `delay` ms later than usual. */
export interface Passed {
  bytes: Buffer;
  delay: number;
}

const CONNECT = 0x10;
// A fixed header is a type byte and up to four bytes of Remaining Length.
const LONGEST_HEADER = 5;

/**
 * Length of the packet that begins here; undefined while the header is incomplete, NaN when it is none of
 * MQTT's.
 */
function packetLength(header: Buffer): number | undefined {
  let remaining = 0;
  for (let index = 1; index < LONGEST_HEADER; index++) {
    const byte = header[index];
    if (byte === undefined) return undefined;
    remaining += (byte & 127) * 128 ** (index - 1);
    if (byte < 128) return index + 1 + remaining;
  }
  return NaN;
}

/** Learns the protocol level of a connection from the start of what the client sends. */
export class ProtocolLevel {
  private start = Buffer.alloc(0);
  /** 3, 4 or 5; 4 until the CONNECT was seen. */
  level = 4;

  read(bytes: Buffer): void {
    // Before a CONNECT there is the handshake of TLS, in pieces of its own.
    if (this.start.length >= 16 || (this.start.length === 0 && bytes[0] !== CONNECT)) return;
    this.start = Buffer.concat([this.start, bytes.subarray(0, 16)]);
    let index = 1;
    while (index < LONGEST_HEADER && this.start[index]! >= 128) index++;
    const nameLength = this.start[index + 2];
    const level = nameLength === undefined ? undefined : this.start[index + 3 + nameLength];
    if (level !== undefined) this.level = level & 127;
  }
}

/**
 * Cuts one direction of a connection into MQTT packets and has each judged. Without a judge the bytes go on
 * untouched, yet the borders are tracked, so that a judge may come and go in the middle of a packet. What is
 * not MQTT goes on.
 */
export class PacketFilter {
  private readonly judge: () => Judge | undefined;
  private readonly level: ProtocolLevel;
  /** The header, or the whole of the packet, that came so far; the latter when `holding`. */
  private begun = Buffer.alloc(0);
  private holding = false;
  /** Bytes of a packet not judged that are still to come. */
  private skip = 0;
  private foreign = false;

  constructor(judge: () => Judge | undefined, level: ProtocolLevel) {
    this.judge = judge;
    this.level = level;
  }

  /** Takes bytes in and gives what may go on now. */
  take(bytes: Buffer): Passed[] {
    const passed: Passed[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      if (this.foreign) {
        passed.push({ bytes: rest, delay: 0 });
        break;
      }
      if (this.skip === 0 && this.begun.length === 0) this.holding = this.judge() !== undefined;
      rest = this.holding ? this.hold(rest, passed) : this.follow(rest, passed);
    }
    return passed;
  }

  /** Gives what is held back, when the stream ends in the middle of a packet. */
  flush(): Buffer {
    const held = this.holding ? this.begun : Buffer.alloc(0);
    this.begun = Buffer.alloc(0);
    this.foreign = true;
    return held;
  }

  private hold(rest: Buffer, passed: Passed[]): Buffer {
    const held = Buffer.concat([this.begun, rest]);
    const length = packetLength(held);
    if (length !== undefined && Number.isNaN(length)) {
      this.foreign = true;
      this.begun = Buffer.alloc(0);
      return held;
    }
    if (length === undefined || held.length < length) {
      this.begun = held;
      return Buffer.alloc(0);
    }
    this.begun = Buffer.alloc(0);
    const whole = held.subarray(0, length);
    const verdict = this.verdict(whole);
    if (verdict !== "drop") passed.push({ bytes: whole, delay: verdict === "pass" ? 0 : verdict.delay });
    return held.subarray(length);
  }

  private follow(rest: Buffer, passed: Passed[]): Buffer {
    if (this.skip === 0) {
      // One byte at a time until the header is whole.
      this.begun = Buffer.concat([this.begun, rest.subarray(0, 1)]);
      passed.push({ bytes: rest.subarray(0, 1), delay: 0 });
      const length = packetLength(this.begun);
      if (length === undefined) return rest.subarray(1);
      if (Number.isNaN(length)) this.foreign = true;
      else this.skip = length - this.begun.length;
      this.begun = Buffer.alloc(0);
      return rest.subarray(1);
    }
    const count = Math.min(this.skip, rest.length);
    this.skip -= count;
    passed.push({ bytes: rest.subarray(0, count), delay: 0 });
    return rest.subarray(count);
  }

  private verdict(bytes: Buffer): Verdict {
    const judge = this.judge();
    let verdict: Verdict = "pass";
    if (!judge) return verdict;
    const reader = parser({ protocolVersion: this.level.level });
    reader.on("packet", (packet: Packet) => (verdict = judge(packet, bytes)));
    // What cannot be parsed cannot be judged: the receiver shall see it as it is.
    reader.on("error", () => undefined);
    reader.parse(bytes);
    return verdict;
  }
}
