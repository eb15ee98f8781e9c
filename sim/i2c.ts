import { pinsIn } from "../boards/board.ts";
import type { BoardTable } from "../boards/board.ts";
import type { I2C } from "../hw/espruino.d.ts";
import { NoAcknowledge } from "./bus.ts";
import type { Bus } from "./bus.ts";
import type { Realm } from "./realm.ts";

/** What the global `I2C1` needs from its board. */
export interface I2cOptions {
  table: BoardTable;
  realm: Realm;
  bus: Bus;
  block(milliseconds: number): void;
}

// i2c_master_cmd_begin() of the ESP-IDF waits so long for a busy bus (ms).
const BUSY_TIMEOUT = 1000;

type Transfer = "Write" | "Read";

/** Texts of targets/esp32/jshardwareI2c.c and targets/esp8266/jshardware.c. */
function missingAcknowledge(options: I2cOptions, transfer: Transfer): object {
  if (options.table.family === "ESP8266")
    return options.realm.error("InternalError", `I2C${transfer}: No ACK 0`);
  return options.realm.error("Error", `jshI2C${transfer}: slave doesn't ACK the transfer`);
}

/** Makes the global `I2C1` over a bus. */
export function createI2c(options: I2cOptions): I2C {
  const { table, realm, bus } = options;
  const board = table.family;
  let ready = false;
  const transfer = <Result>(kind: Transfer, whenStuck: Result, body: () => Result): Result => {
    if (!ready) {
      throw board === "ESP32"
        ? realm.error("Error", `jshI2C${kind}:, unknown error code 259`)
        : missingAcknowledge(options, kind);
    }
    if (bus.stuck && board === "ESP8266") return whenStuck;
    if (bus.stuck) {
      options.block(BUSY_TIMEOUT);
      throw realm.error("Error", `jshI2C${kind}:, Operation timeout because the bus is busy`);
    }
    try {
      return body();
    } catch (fault) {
      throw fault instanceof NoAcknowledge ? missingAcknowledge(options, kind) : fault;
    }
  };
  const device = (address: number) => {
    const found = bus.at(address);
    if (!found) throw new NoAcknowledge();
    return found;
  };
  const names = pinsIn(table.pins.all);
  /** What is no pin stands for the board's own (jshI2CSetup). */
  const pinOf = (pin: unknown, standard: string): string => {
    const name = String(pin);
    return names.includes(name) ? name : standard;
  };
  return realm.record({
    setup({ scl, sda }) {
      ready = true;
      bus.pins = { data: pinOf(sda, table.i2c.data), clock: pinOf(scl, table.i2c.clock) };
    },
    writeTo(address: number, data: number[]): void {
      const bytes = Array.from(data, (byte) => byte & 255);
      transfer("Write", undefined, () => device(address).write(bytes));
    },
    readFrom(address: number, quantity: number): Uint8Array {
      const zeros = new Array<number>(quantity).fill(0);
      return realm.bytes(transfer("Read", zeros, () => device(address).read(quantity)));
    },
  });
}
