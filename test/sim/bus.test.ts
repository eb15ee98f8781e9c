import assert from "node:assert/strict";
import { NoAcknowledge } from "../../sim/world.ts";
import type { BusDevice, SimulatedBoard } from "../../sim/world.ts";
import { KINDS, closeWorlds, makeWorld } from "./support.ts";

/** A memory of 256 bytes with an address pointer. */
function createMemory(): BusDevice {
  const bytes = Array.from({ length: 256 }, (_, index) => 255 - index);
  let pointer = 0;
  return {
    write([address = 0, ...data]) {
      pointer = address;
      for (const byte of data) bytes[pointer++] = byte;
    },
    read: (quantity) => bytes.slice(pointer, (pointer += quantity)),
  };
}

const start = (kind: "ESP32" | "ESP8266"): SimulatedBoard => {
  const board = makeWorld().board({ board: kind });
  board.powerOn();
  return board;
};
const SETUP = "I2C1.setup({ scl: new Pin('D5'), sda: new Pin('D4'), bitrate: 100000 })";

describe("sim: I2C", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`writes to and reads from the device at the address (${kind})`, () => {
      const board = start(kind);
      board.i2c.attach(0x50, createMemory());
      board.evaluate(SETUP + "; I2C1.writeTo(0x50, [3, 300, -1]); I2C1.writeTo(0x50, [2]);");
      assert.equal(
        board.evaluate("var r = I2C1.readFrom(0x50, 4); r[0] + ',' + r[1] + ',' + r[2] + ',' + r[3]"),
        "253,44,255,250",
      );
      assert.equal(board.evaluate("r instanceof Uint8Array && r.length === 4"), true);
    });

    it(`throws the board's own error when nothing acknowledges (${kind})`, () => {
      const board = start(kind);
      board.i2c.attach(0x50, createMemory());
      board.i2c.detach(0x50);
      board.i2c.attach(0x51, {
        write: () => {
          throw new NoAcknowledge();
        },
        read: () => {
          throw new NoAcknowledge();
        },
      });
      board.evaluate(SETUP);
      for (const address of [0x50, 0x51]) {
        board.uncaught.length = 0;
        board.evaluate(`I2C1.writeTo(${address}, [1])`);
        board.evaluate(`I2C1.readFrom(${address}, 1)`);
        const expected =
          kind === "ESP32"
            ? [
                "Error: jshI2CWrite: slave doesn't ACK the transfer",
                "Error: jshI2CRead: slave doesn't ACK the transfer",
              ]
            : ["InternalError: I2CWrite: No ACK 0", "InternalError: I2CRead: No ACK 0"];
        assert.deepEqual(
          board.uncaught.map((text) => text.split("\n")[0]),
          expected,
        );
      }
    });

    it(`throws before it was set up (${kind})`, () => {
      const board = start(kind);
      board.i2c.attach(0x50, createMemory());
      board.evaluate("I2C1.readFrom(0x50, 1)");
      assert.equal(board.uncaught.length, 1);
    });

    it(`keeps the devices over a boot (${kind})`, () => {
      const board = start(kind);
      board.i2c.attach(0x50, createMemory());
      board.powerOff();
      board.powerOn();
      board.evaluate(SETUP);
      assert.equal(board.evaluate("I2C1.readFrom(0x50, 1)[0]"), 255);
    });
  }

  it("blocks an ESP32 for a second and throws when the bus is stuck", () => {
    const board = start("ESP32");
    board.i2c.attach(0x50, createMemory());
    board.i2c.stuck = true;
    board.evaluate(SETUP + "; I2C1.readFrom(0x50, 1)");
    assert.match(board.uncaught[0]!, /^Error: jshI2CRead:, Operation timeout because the bus is busy/);
    assert.equal(board.evaluate("getTime()"), 1);
  });

  it("reads zeros on ESP8266 when the bus is stuck, and writes into the void", () => {
    const board = start("ESP8266");
    board.i2c.stuck = true;
    board.evaluate(SETUP + "; I2C1.writeTo(0x50, [1])");
    assert.equal(board.evaluate("I2C1.readFrom(0x50, 2).join()"), "0,0");
    assert.deepEqual(board.uncaught, []);
  });
});
