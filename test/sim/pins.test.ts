import assert from "node:assert/strict";
import { createDs18b20Model } from "../../sim/devices/ds18b20.ts";
import type { Level, PinDevice, SimulatedBoard, World } from "../../sim/world.ts";
import { KINDS, closeWorlds, makeWorld } from "./support.ts";

function start(kind: "ESP32" | "ESP8266"): { world: World; board: SimulatedBoard } {
  const world = makeWorld();
  const board = world.board({ board: kind });
  board.powerOn();
  return { world, board };
}

/** Drives 1 but for pulses of 0 of 10 µs, the first at `from` (ms), `count` of them 20 µs apart. */
function createPulses(from: number, count: number): PinDevice {
  return {
    attached(changesAt) {
      for (let edge = 0; edge < 2 * count; edge++) changesAt(from + edge * 0.01);
    },
    drives(at) {
      const edge = Math.floor((at - from + 1e-9) / 0.01);
      return edge >= 0 && edge < 2 * count && edge % 2 === 0 ? 0 : 1;
    },
  };
}

describe("sim: pins", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`a pin writes to what hangs on it and reads what that drives (${kind})`, () => {
      const { board } = start(kind);
      const heard: (Level | undefined)[] = [];
      let level: Level | undefined;
      board.pins.wire("D4").attach({ driven: (driven) => void heard.push(driven), drives: () => level });
      board.evaluate("var p = new Pin('D4')");
      assert.equal(board.evaluate("p.read()"), true);
      board.pins.wire("D4").pullUp = false;
      assert.equal(board.evaluate("p.read()"), false);
      level = 1;
      assert.equal(board.evaluate("p.read()"), true);
      level = undefined;
      board.evaluate("p.write(1); p.write(0); p.mode('input_pullup')");
      assert.equal(board.evaluate("p.read()"), true);
      board.evaluate("p.write(0)");
      assert.deepEqual(heard, [undefined, 1, 0, undefined], "an input stays one when it is written to");
      board.pins.wire("D4").stuck = 0;
      assert.equal(board.evaluate("p.read()"), false);
      assert.deepEqual(board.uncaught, []);
    });

    it(`a board that loses power lets go of its pins (${kind})`, () => {
      const { board } = start(kind);
      let driven: Level | undefined;
      board.pins.wire("D4").attach({ driven: (level) => void (driven = level) });
      board.evaluate("new Pin('D4').write(0)");
      assert.equal(driven, 0);
      board.powerOff();
      assert.equal(driven, undefined);
    });

    it(`a watch tells of each edge by its own time, and of the one before (${kind})`, async () => {
      const { world, board } = start(kind);
      board.pins.wire("D4").attach(createPulses(100, 2));
      board.evaluate(`
        var seen = [];
        var id = setWatch(function (e) { seen.push([e.state, Math.round(e.time * 1e6), Math.round((e.time - e.lastTime) * 1e6), e.pin === p]); },
          p = new Pin("D4"), { edge: "falling", repeat: true });
        var p;`);
      await world.runFor(200);
      assert.equal(
        board.evaluate("JSON.stringify(seen)"),
        JSON.stringify([
          [false, 100000, null, true],
          [false, 100020, 10, true],
        ]),
      );
      board.evaluate("clearWatch(id)");
      board.pins.wire("D4").stuck = 0;
      await world.runFor(10);
      assert.equal(board.evaluate("seen.length"), 2);
      assert.deepEqual(board.uncaught, []);
    });

    it(`edges of both directions take places in the queue, and are lost when it is full (${kind})`, async () => {
      const { world, board } = start(kind);
      assert.equal(board.pins.watchQueue, kind === "ESP8266" ? 84 : 682);
      board.pins.watchTime = 1000;
      board.pins.watchQueue = 16;
      board.pins.wire("D4").attach(createPulses(100, 20));
      board.evaluate(
        `var n = 0; setWatch(function () { n++; }, new Pin("D4"), { edge: "falling", repeat: true })`,
      );
      await world.runFor(60_000);
      // One was looked at before the next came.
      assert.equal(board.evaluate("n"), 9);
      assert.match(String(board.evaluate("E.getErrorFlags().join()")), /FIFO_FULL/);
    });

    it(`a watch that does not repeat ends by itself; what cannot be watched gives no id (${kind})`, async () => {
      const { world, board } = start(kind);
      board.pins.wire("D4").attach(createPulses(100, 3));
      board.evaluate(
        `var n = 0; setWatch(function () { n++; }, new Pin("D4"), { edge: "both", repeat: false })`,
      );
      await world.runFor(200);
      assert.equal(board.evaluate("n"), 1);
      const pin = kind === "ESP8266" ? "D16" : "D6";
      const watch = `setWatch(function () {}, new Pin("${pin}"), { edge: "both", repeat: true })`;
      assert.equal(board.evaluate(watch), undefined);
      board.evaluate("clearWatch(undefined)");
      board.evaluate("clearWatch(4711)");
      assert.equal(board.uncaught.length, 2);
    });

    it(`the ADC has its own pins, range and steps (${kind})`, () => {
      const { board } = start(kind);
      const [pin, other, range, steps] =
        kind === "ESP8266" ? ["A0", "D4", 1, 1024] : ["D32", "D4", 3.3, 4096];
      let volts = 0;
      board.pins.wire(pin).attach({ volts: () => volts });
      const read = (at: number): unknown => {
        volts = at;
        return board.evaluate(`new Pin("${pin}").analog()`);
      };
      assert.equal(read(-1), 0);
      assert.equal(read(range / 2), 0.5);
      assert.equal(read(range / 2 - 1e-9), 0.5 - 1 / steps);
      assert.equal(read(range), 1 - 1 / steps);
      assert.equal(read(100), 1 - 1 / steps);
      assert.ok(Number.isNaN(board.evaluate(`new Pin("${other}").analog()`)));
    });
  }

  it("setWatch makes an input of an ESP32's pin, and leaves an ESP8266's output alone", () => {
    for (const kind of KINDS) {
      const { board } = start(kind);
      let driven: Level | undefined;
      board.pins.wire("D4").attach({ driven: (level) => void (driven = level) });
      board.evaluate(`var p = new Pin("D4"); p.mode("output"); p.write(0);
        setWatch(function () {}, p, { edge: "falling", repeat: true })`);
      assert.equal(driven, kind === "ESP8266" ? 0 : undefined);
    }
  });

  it("D34 to D39 of an ESP32 drive nothing", () => {
    const { board } = start("ESP32");
    let driven: Level | undefined;
    board.pins.wire("D34").attach({ driven: (level) => void (driven = level) });
    board.evaluate("new Pin('D34').write(0)");
    assert.equal(driven, undefined);
    assert.throws(() => board.pins.wire("A0"), /no pin A0/);
  });
});

describe("sim: 1-Wire", () => {
  afterEach(closeWorlds);

  it("takes the times of the firmware, to the microsecond, and the interpreter waits", () => {
    const { board } = start("ESP8266");
    const times: number[] = [];
    board.pins.wire("D4").attach({ driven: (_level, at) => void times.push(Math.round(at * 1000)) });
    board.evaluate("var w = new OneWire(new Pin('D4')); w.reset(); w.write(1); w.read()");
    const [, ...edges] = times;
    const slots = edges.map((at) => at - edges[0]!);
    assert.deepEqual(slots.slice(0, 6), [0, 500, 1000, 1010, 1065, 1130]);
    assert.equal(board.evaluate("Math.round(getTime() * 1e6)"), 1000 + 65 + 7 * 70 + 8 * 66);
  });

  it("finds every part on the wire, and nothing where nothing is or the line is held", () => {
    const { world, board } = start("ESP32");
    board.evaluate("var w = new OneWire(new Pin('D4'))");
    assert.equal(board.evaluate("w.reset()"), false);
    assert.equal(board.evaluate("w.search().length"), 0);
    const parts = Array.from({ length: 12 }, (_, index) =>
      createDs18b20Model({
        now: () => world.clock.now(),
        id: [0x28, (index * 37) & 255, index, 0, 0, 0, 255 - index],
      }),
    );
    parts.forEach((part) => board.pins.wire("D4").attach(part));
    assert.equal(board.evaluate("w.reset()"), true);
    const found = String(board.evaluate("w.search().join()")).split(",");
    assert.deepEqual(found.sort(), parts.map(({ rom }) => rom).sort());
    assert.deepEqual(
      parts.map((part) => part.violations),
      Array(12).fill(0),
    );
    board.pins.wire("D4").detach(parts[0]!);
    assert.equal(board.evaluate("w.search().length"), 11);
    board.pins.wire("D4").stuck = 0;
    assert.equal(board.evaluate("w.reset()"), true);
    assert.equal(board.evaluate("w.search().length"), 0);
    assert.equal(board.evaluate("w.read() + ',' + w.read(2).join()"), "0,0,0");
  });

  it("refuses an address that is none", () => {
    const { board } = start("ESP32");
    board.evaluate("new OneWire(new Pin('D4')).select('28')");
    assert.match(board.uncaught[0]!, /^TypeError: Invalid OneWire device address/);
  });
});
