/**
 * A chip at the end of a serial line, as far as its loader goes: the ROM's commands, the program that takes over when it
 * is uploaded, the SPI flash behind both, and the two lines that reset the chip and choose what it starts. Commands as in
 * Espressif's "Serial Protocol" of esptool's documentation.
 */
import { createHash } from "node:crypto";
import { Duplex } from "node:stream";
import { inflateSync } from "node:zlib";
import { createChip } from "./chips.ts";
import type { Chip, ChipName } from "./chips.ts";
import { BAD_CHECKSUM, COMMANDS, INVALID_MESSAGE, OK, REFUSED, blockOf, isKnown } from "./protocol.ts";
import { createUartReset, createUsbReset } from "./reset.ts";
import type { Outcome } from "./reset.ts";
import { createSlipDecoder, slipEncode } from "./slip.ts";
import { createSpiFlash } from "./spi-flash.ts";
import type { SpiFlash } from "./spi-flash.ts";

/** What goes wrong, by its name. */
export interface LoaderFaults {
  /** Never answers SYNC: not in its loader, or the line is dead. */
  deaf?: boolean;
  /** The program that is uploaded never starts. */
  stubSilent?: boolean;
  /** Refuses to erase. */
  refuseErase?: boolean;
  /** Refuses blocks from this one on (0 is the first). */
  refuseBlock?: number;
  /** A bit at this address flips as it is written. */
  corruptAt?: number;
  /** The cable is pulled when this block comes. */
  vanishAtBlock?: number;
  /** Does not follow to another baud rate. */
  keepBaudRate?: boolean;
}

export interface LoaderOptions {
  chip: ChipName;
  /** Bytes of flash, a power of two. Default 4 MB. */
  flashBytes?: number;
  /** Default 24:0a:c4:a1:b2:c3. */
  mac?: number[];
  faults?: LoaderFaults;
  /** Is its port the chip's own USB, and no UART behind another chip? Only an ESP32-C3 and -S3 have one. */
  usb?: boolean;
  /** Has somebody held BOOT, so that it stands in its loader already? Otherwise the signals must bring it there. */
  inLoader?: boolean;
  /** Called when the chip starts what is in its flash; gives the console of what runs then, if anything is to run. */
  onRun?: (flash: SpiFlash) => Duplex | undefined;
}

export interface Loader {
  /** The far end of the line. */
  readonly stream: Duplex;
  readonly flash: SpiFlash;
  readonly usb: boolean;
  readonly faults: LoaderFaults;
  /** Commands it carried out, by name, in order; repeated ones once. */
  readonly log: string[];
  setSignals(signals: { dtr?: boolean; rts?: boolean }): void;
  setBaudRate(baud: number): void;
}

interface Answer {
  error?: number;
  value?: number;
  data?: Uint8Array;
  /** What follows the answer. */
  then?: () => void;
}

/** A transfer to flash that has begun. */
interface Transfer {
  address: number;
  /** What follows in the last block only fills it up. */
  size: number;
  blocks: number;
  received: Buffer[];
}

export function createLoader(options: LoaderOptions): Loader {
  const { faults = {}, usb = false, onRun = (): undefined => undefined } = options;
  const chip: Chip = createChip(options.chip, options.mac ?? [0x24, 0x0a, 0xc4, 0xa1, 0xb2, 0xc3]);
  const flash = createSpiFlash(options.flashBytes ?? 0x400000);
  const registers = new Map<number, number>();
  const log: string[] = [];
  const lines = { dtr: false, rts: false };
  const reset = usb ? createUsbReset() : createUartReset();
  const baud = { chip: 115200, host: 115200 };
  let state: "reset" | "loader" | "running" = options.inLoader ? "loader" : "running";
  let isStub = false;
  let transfer: Transfer | undefined;
  let blocks = 0;
  /** What runs when it is not the loader. */
  let program: Duplex | undefined;

  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, callback) {
      if (baud.chip === baud.host) {
        if (state === "loader") decode(chunk);
        else if (state === "running") program?.write(chunk);
      }
      callback();
    },
    destroy(error, callback) {
      program?.destroy();
      callback(error);
    },
  });
  const decode = createSlipDecoder((frame) => {
    if (state === "loader") receive(frame);
  });

  function send(bytes: Uint8Array): void {
    if (!stream.destroyed && baud.chip === baud.host) stream.push(bytes);
  }

  function respond(command: number, { error = OK, value = 0, data = Buffer.alloc(0) }: Answer): void {
    const status = Buffer.alloc(isStub ? 2 : chip.statusBytes);
    status[0] = error === OK ? 0 : 1;
    status[1] = error;
    const head = Buffer.alloc(8);
    head[0] = 1;
    head[1] = command;
    head.writeUInt16LE(data.length + status.length, 2);
    head.writeUInt32LE(value >>> 0, 4);
    send(slipEncode(Buffer.concat([head, data, status])));
  }

  function receive(frame: Buffer): void {
    if (frame.length < 8 || frame[0] !== 0) return;
    const command = frame[1]!;
    const name = COMMANDS[command];
    if (name === "SYNC" && faults.deaf) return;
    if (!isKnown(chip, isStub, name)) {
      // The ROM says no to what it does not know eight times over, under no command's number.
      for (let time = 0; time < 8; time++) respond(0, { error: INVALID_MESSAGE });
      return;
    }
    if (log.at(-1) !== name) log.push(name);
    const answer = HANDLERS[name]!(frame.subarray(8), frame.readUInt32LE(4));
    if (stream.destroyed) return;
    respond(command, answer);
    answer.then?.();
  }

  function writeRegister(address: number, value: number): void {
    registers.set(address, value);
    const { base, usr2, w0 } = chip.spi;
    const USER_COMMAND = 1 << 18;
    if (address !== base || !(value & USER_COMMAND)) return;
    const RDID = 0x9f;
    if (((registers.get(base + usr2) ?? 0) & 0xff) === RDID) registers.set(base + w0, flash.id);
    registers.set(base, 0);
  }

  function burn(address: number, data: Buffer): boolean {
    const written = Buffer.from(data);
    const flip = (faults.corruptAt ?? -1) - address;
    // A cell that cannot be written stays as it was erased.
    if (flip >= 0 && flip < written.length) written[flip]! ^= 1;
    return flash.erase(address, written.length) && flash.write(address, written);
  }

  function begin(body: Buffer): Answer {
    const [size, count, , address] = [0, 4, 8, 12].map((at) => body.readUInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (address + size > flash.bytes.length) return { error: REFUSED };
    transfer = { address, size, blocks: count, received: [] };
    return {};
  }

  /** Keeps the blocks until the last has come: what stands in flash before is nothing anybody may rely on. */
  function data(body: Buffer, checksum: number, finish: (whole: Buffer) => Buffer): Answer {
    const block = blockOf(body, checksum);
    if (!block) return { error: BAD_CHECKSUM };
    if (!transfer) return { error: REFUSED };
    if (blocks === faults.vanishAtBlock) {
      stream.destroy();
      return {};
    }
    if (blocks >= (faults.refuseBlock ?? Infinity)) return { error: REFUSED };
    blocks++;
    transfer.received[body.readUInt32LE(4)] = Buffer.from(block);
    if (Object.keys(transfer.received).length < transfer.blocks) return {};
    const whole = finish(Buffer.concat(transfer.received)).subarray(0, transfer.size);
    return burn(transfer.address, whole) ? {} : { error: REFUSED };
  }

  function end(body: Buffer): Answer {
    transfer = undefined;
    return body.readUInt32LE(0) === 0 ? { then: run } : {};
  }

  function md5(body: Buffer): Answer {
    const [address, size] = [body.readUInt32LE(0), body.readUInt32LE(4)];
    const hash = createHash("md5").update(flash.bytes.subarray(address, address + size));
    return { data: isStub ? hash.digest() : Buffer.from(hash.digest("hex")) };
  }

  function memoryEnd(): Answer {
    if (faults.stubSilent) return {};
    return {
      then: () => {
        isStub = true;
        send(slipEncode(Buffer.from("OHAI")));
      },
    };
  }

  function securityInfo(): Answer {
    const info = Buffer.alloc(20);
    info.writeUInt32LE(chip.chipId ?? 0, 12);
    return { data: info };
  }

  const HANDLERS: Record<string, (body: Buffer, checksum: number) => Answer> = {
    SYNC: () => {
      if (isStub) return {};
      // The ROM answers eight times; the last one is the caller's.
      for (let time = 0; time < 7; time++) respond(0x08, { value: 0x20120707 });
      return { value: 0x20120707 };
    },
    READ_REG: (body) => {
      const address = body.readUInt32LE(0);
      return { value: registers.get(address) ?? chip.registers[address] ?? 0 };
    },
    WRITE_REG: (body) => {
      writeRegister(body.readUInt32LE(0), body.readUInt32LE(4));
      return {};
    },
    SPI_SET_PARAMS: () => ({}),
    SPI_ATTACH: () => ({}),
    MEM_BEGIN: () => ({}),
    MEM_DATA: (body, checksum) => (blockOf(body, checksum) ? {} : { error: BAD_CHECKSUM }),
    MEM_END: memoryEnd,
    CHANGE_BAUDRATE: (body) => {
      const wanted = body.readUInt32LE(0);
      return { then: () => void (baud.chip = faults.keepBaudRate || usb ? baud.chip : wanted) };
    },
    ERASE_FLASH: () => {
      if (faults.refuseErase) return { error: REFUSED };
      flash.erase(0, flash.bytes.length);
      return {};
    },
    ERASE_REGION: (body) => {
      const erased = !faults.refuseErase && flash.erase(body.readUInt32LE(0), body.readUInt32LE(4));
      return erased ? {} : { error: REFUSED };
    },
    FLASH_BEGIN: begin,
    FLASH_DATA: (body, checksum) => data(body, checksum, (whole) => whole),
    FLASH_END: end,
    FLASH_DEFL_BEGIN: begin,
    FLASH_DEFL_DATA: (body, checksum) => data(body, checksum, (whole) => inflateSync(whole)),
    FLASH_DEFL_END: end,
    SPI_FLASH_MD5: md5,
    GET_SECURITY_INFO: securityInfo,
  };

  function run(): void {
    state = "running";
    isStub = false;
    program = onRun(flash);
    program?.on("data", send);
  }

  function start(outcome: Outcome): void {
    program?.destroy();
    program = undefined;
    state = outcome === "program" ? "running" : outcome;
    if (outcome === "reset") return;
    isStub = false;
    baud.chip = usb ? baud.host : 115200;
    transfer = undefined;
    send(Buffer.from(`ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),`));
    if (outcome === "loader") {
      send(Buffer.from("boot:0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))\r\nwaiting for download\r\n"));
    } else {
      send(Buffer.from("boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"));
      run();
    }
  }

  return {
    stream,
    flash,
    usb,
    faults,
    log,
    setSignals(signals) {
      const outcome = reset(Object.assign(lines, signals));
      if (outcome) start(outcome);
    },
    setBaudRate(rate) {
      baud.host = rate;
      // Bytes on USB have no rate.
      if (usb) baud.chip = rate;
    },
  };
}
