import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { checkRom, createDs18b20, decodeScratchpad } from "../../../hw/sensors/ds18b20.ts";
import type { Ds18b20Options } from "../../../hw/sensors/ds18b20.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import { sampleOnce } from "./part-support.ts";
import type { Outcome } from "./part-support.ts";

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** B table 1 and the power-on state, with the CRCs of facts. */
const VECTORS: [hex: string, outcome: number | Fault, source: string][] = [
  ["D0 07 4B 46 7F FF 10 10 55", 125, "B table 1"],
  ["50 05 4B 46 7F FF 10 10 BD", 85, "B table 1, real"],
  ["50 05 4B 46 7F FF 0C 10 1C", "power-on-value", "B figure 9"],
  ["91 01 4B 46 7F FF 0F 10 25", 25.0625, "B table 1"],
  ["5E 01 4B 46 7F FF 02 10 8D", 21.875, "computed"],
  ["A2 00 4B 46 7F FF 0E 10 E5", 10.125, "B table 1"],
  ["08 00 4B 46 7F FF 08 10 D9", 0.5, "B table 1"],
  ["00 00 4B 46 7F FF 10 10 69", 0, "B table 1"],
  ["F8 FF 4B 46 7F FF 08 10 F8", -0.5, "B table 1"],
  ["6F FE 4B 46 7F FF 01 10 61", -25.0625, "B table 1"],
  ["90 FC 4B 46 7F FF 10 10 EE", -55, "B table 1"],
  ["E0 01 00 00 3F FF 10 10 3F", 30, "periph.io, 10 bits"],
];

/** A ninth byte that is the CRC of eight, from the polynomial. */
function closed(data: number[]): Uint8Array {
  let crc = 0;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (((crc ^ (byte >> bit)) & 1) * 0x8c);
  }
  return Uint8Array.from([...data, crc]);
}

describe("DS18B20 and DS18S20 scratchpads", () => {
  for (const [hex, outcome, source] of VECTORS) {
    it(`${hex} is ${outcome} (${source})`, () => assert.equal(decodeScratchpad(bytes(hex), "28"), outcome));
  }

  for (const [low, high, remain, perC, temperature] of [
    [0x32, 0x00, 0x0b, 0x10, 25.0625],
    [0xec, 0xff, 0x0e, 0x10, -10.125],
    [0x92, 0xff, 0x0c, 0x10, -55],
    [0xfa, 0x00, 0x0c, 0x10, 125],
  ] as const) {
    it(`a DS18S20 with ${low} and ${remain} remaining is ${temperature} (periph.io)`, () => {
      const data = closed([low, high, 0x4b, 0x46, 0xff, 0xff, remain, perC]);
      assert.equal(decodeScratchpad(data, "10"), temperature);
    });
  }

  it("any bit turned round is crc", () => {
    for (const [hex, , source] of VECTORS) {
      for (let bit = 0; bit < 72; bit++) {
        const data = bytes(hex);
        data[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(decodeScratchpad(data, "28"), "crc", source);
      }
    }
  });

  it("all ones is absent and all zeros, whose CRC is right, short", () => {
    for (const family of ["28", "10"]) {
      assert.equal(decodeScratchpad(new Uint8Array(9).fill(255), family), "absent");
      assert.equal(decodeScratchpad(new Uint8Array(9), family), "short");
    }
  });

  it("bits below the resolution do not count", () => {
    for (const [config, temperature] of [
      [0x1f, 21.5],
      [0x3f, 21.75],
      [0x5f, 21.875],
      [0x7f, 21.9375],
    ] as const) {
      assert.equal(decodeScratchpad(closed([0x5f, 0x01, 0, 0, config, 0xff, 1, 16]), "28"), temperature);
    }
  });

  it("out-of-range: a step beyond -55 and 125 °C is none, nor is what wraps", () => {
    for (const raw of [125 * 16 + 1, -55 * 16 - 1, 0x7fff, -0x8000]) {
      const data = closed([raw & 255, (raw >> 8) & 255, 0, 0, 0x7f, 0xff, 1, 16]);
      assert.equal(decodeScratchpad(data, "28"), "out-of-range");
    }
  });

  it("a DS18S20 that counts no steps a degree is no-data, and its power-on value is for the driver to tell", () => {
    assert.equal(decodeScratchpad(closed([0x32, 0, 0, 0, 255, 255, 0, 0]), "10"), "no-data");
    assert.equal(decodeScratchpad(closed([0xaa, 0, 0, 0, 255, 255, 12, 16]), "10"), 85);
  });

  for (const rom of ["021CB801000000A2", "28AC410E07000074", "28FF641E0F2B1CE8", "280102030405069E"]) {
    it(`the id ${rom} is whole; with another digit it is not`, () => {
      assert.equal(checkRom(rom), 0);
      assert.equal(checkRom(rom.toLowerCase()), 0);
      for (let place = 0; place < 16; place++) {
        const other = rom[place] === "7" ? "8" : "7";
        assert.notEqual(checkRom(rom.slice(0, place) + other + rom.slice(place + 1)), 0);
      }
    });
  }
});

const ROM = "280102030405069e";
const ROM_S = "10" + "00".repeat(6) + Buffer.from(closed([0x10, 0, 0, 0, 0, 0, 0]).slice(7)).toString("hex");

interface FakeWire {
  wire: Ds18b20Options["wire"];
  log: string[];
  isPresent: boolean;
  roms: string[];
  scratchpads: Uint8Array[];
  /** What single bytes read, in turn; FF when there is none. */
  bytes: number[];
}

/** A wire that answers from lists and keeps a transcript. */
function createFakeWire(...scratchpads: Uint8Array[]): FakeWire {
  const hex = (list: Iterable<number>): string =>
    Buffer.from([...list])
      .toString("hex")
      .toUpperCase();
  const fake: FakeWire = {
    log: [],
    isPresent: true,
    roms: [ROM],
    scratchpads,
    bytes: [0xff, 0x00, 0xff],
    wire: {
      reset() {
        fake.log.push("reset");
        return fake.isPresent;
      },
      select: (rom) => void fake.log.push("select " + rom),
      search() {
        fake.log.push("search");
        return fake.roms;
      },
      write: (data) => void fake.log.push("W " + hex(typeof data === "number" ? [data] : data)),
      read: ((quantity?: number) => {
        if (quantity === undefined) {
          const byte = fake.bytes.shift() ?? 0xff;
          fake.log.push("R " + hex([byte]));
          return byte;
        }
        assert.equal(quantity, 9);
        const data = fake.scratchpads.length > 1 ? fake.scratchpads.shift()! : fake.scratchpads[0]!;
        fake.log.push("R " + hex(data));
        return data;
      }) as FakeWire["wire"]["read"],
    },
  };
  return fake;
}

const GOOD = closed([0x91, 0x01, 125, 201, 0x7f, 0xff, 0x0f, 0x10]);

describe("DS18B20 driver", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const sample = (sensor: Sensor<Ds18b20Options>): Outcome => sampleOnce(clock, sensor);
  const MEASURE = [`select ${ROM}`, "W 44", "R 00"];
  const COLLECT = ["R FF", `select ${ROM}`, "W BE", "R " + Buffer.from(GOOD).toString("hex").toUpperCase()];

  it("the first sample finds the part, sets it up and measures; the next only measures", () => {
    const fake = createFakeWire(GOOD);
    const sensor = createDs18b20({ wire: fake.wire });
    assert.deepEqual(fake.log, []);
    assert.deepEqual(sample(sensor).reading, { temperature: 25.0625 });
    const setUp = ["reset", "R FF", "search", `select ${ROM}`, "W 4E7DC97F"];
    assert.deepEqual(fake.log, [...setUp, ...MEASURE, ...COLLECT]);
    fake.log = [];
    fake.bytes = [0xff, 0x00, 0xff];
    assert.deepEqual(sample(sensor).reading, { temperature: 25.0625 });
    assert.deepEqual(fake.log, ["reset", "R FF", ...MEASURE, ...COLLECT]);
  });

  it("a part that is named is not searched for", () => {
    const fake = createFakeWire(GOOD);
    sample(createDs18b20({ wire: fake.wire, rom: ROM }));
    assert.equal(fake.log.includes("search"), false);
  });

  it("a DS18S20 gets no configuration byte and 750 ms, whatever the resolution", () => {
    const fake = createFakeWire(closed([0x32, 0, 125, 201, 0xff, 0xff, 0x0b, 0x10]));
    fake.roms = [ROM_S];
    const startedAt = clock.now;
    assert.deepEqual(sample(createDs18b20({ wire: fake.wire, resolution: 9 })).reading, {
      temperature: 25.0625,
    });
    assert.ok(fake.log.includes("W 4E7DC9"));
    assert.ok(clock.now - startedAt >= 750);
  });

  it("each resolution is written and waited for", () => {
    for (const [resolution, config, ms] of [
      [9, "1F", 94],
      [10, "3F", 188],
      [11, "5F", 375],
      [12, "7F", 750],
    ] as const) {
      const fake = createFakeWire(GOOD);
      const startedAt = clock.now;
      sample(createDs18b20({ wire: fake.wire, resolution }));
      assert.ok(fake.log.includes("W 4E7DC9" + config));
      assert.equal(clock.now - startedAt, ms);
    }
  });

  it("absent, short, crc and wrong-id are told before anything is written", () => {
    for (const [change, fault] of [
      [(fake: FakeWire) => (fake.isPresent = false), "absent"],
      [(fake: FakeWire) => (fake.bytes = [0x00]), "short"],
      [(fake: FakeWire) => (fake.roms = []), "crc"],
      [(fake: FakeWire) => (fake.roms = ["280102030405069f"]), "crc"],
      [(fake: FakeWire) => (fake.roms = ["260102030405069e"]), "wrong-id"],
      [(fake: FakeWire) => (fake.roms = [ROM, ROM_S]), "wrong-id"],
    ] as const) {
      const fake = createFakeWire(GOOD);
      change(fake);
      assert.equal(sample(createDs18b20({ wire: fake.wire })).fault, fault);
      assert.equal(
        fake.log.some((line) => line.startsWith("W")),
        false,
      );
    }
  });

  it("not-ready: a part that does not end is asked four times, one that does not begin once", () => {
    const endless = createFakeWire(GOOD);
    endless.bytes = [0xff, ...Array<number>(20).fill(0)];
    const startedAt = clock.now;
    assert.equal(sample(createDs18b20({ wire: endless.wire, rom: ROM })).fault, "not-ready");
    assert.equal(clock.now - startedAt, 3000);
    assert.equal(endless.log.filter((line) => line === "R 00").length, 5);

    const deaf = createFakeWire(GOOD);
    deaf.bytes = [0xff, 0xff];
    assert.equal(sample(createDs18b20({ wire: deaf.wire, rom: ROM })).fault, "not-ready");
  });

  it("crc: a garbled scratchpad is read again, without a new conversion, and refused at the fourth time", () => {
    const bad = GOOD.slice();
    bad[0]! ^= 1;
    const heals = createFakeWire(bad, bad, GOOD);
    assert.deepEqual(sample(createDs18b20({ wire: heals.wire, rom: ROM })).reading, { temperature: 25.0625 });
    assert.equal(heals.log.filter((line) => line === "W 44").length, 1);
    const stays = createFakeWire(bad);
    assert.equal(sample(createDs18b20({ wire: stays.wire, rom: ROM })).fault, "crc");
    assert.equal(stays.log.filter((line) => line === "W BE").length, 4);
  });

  it("power-on-value: settings that are not ours, whatever the temperature; the next sample sets up again", () => {
    const fake = createFakeWire(closed([0x91, 0x01, 0x4b, 0x46, 0x7f, 0xff, 0x0f, 0x10]), GOOD);
    const sensor = createDs18b20({ wire: fake.wire, rom: ROM });
    assert.equal(sample(sensor).fault, "power-on-value");
    fake.log = [];
    fake.bytes = [0xff, 0x00, 0xff];
    assert.deepEqual(sample(sensor).reading, { temperature: 25.0625 });
    assert.deepEqual(fake.log.slice(0, 4), ["reset", "R FF", `select ${ROM}`, "W 4E7DC97F"]);
  });

  it("a part waits until another's conversion has ended, on whichever wire, and says nothing before", () => {
    const wires = [createFakeWire(GOOD), createFakeWire(GOOD)];
    const sensors = wires.map(({ wire }) => createDs18b20({ wire, rom: ROM }));
    const doneAt: number[] = [];
    const startedAt = clock.now;
    sensors.forEach((sensor, index) => sensor.sample(() => (doneAt[index] = clock.now - startedAt)));
    clock.tick(749);
    assert.deepEqual(wires[1]!.log, []);
    clock.runAll();
    assert.deepEqual(doneAt, [750, 1550]);
  });

  it("not-ready: a part that others leave no time for ten seconds, which has said nothing; then it has its turn", () => {
    const wires = [createFakeWire(GOOD), createFakeWire(GOOD)];
    const [busy, waiting] = wires.map(({ wire }) => createDs18b20({ wire, rom: ROM })) as [
      Sensor<Ds18b20Options>,
      Sensor<Ds18b20Options>,
    ];
    let goesOn = true;
    (function again(): void {
      busy.sample((fault) => {
        assert.equal(fault, null);
        wires[0]!.bytes = [0xff, 0x00, 0xff];
        if (goesOn) again();
      });
    })();
    const startedAt = clock.now;
    let outcome: Fault | null | undefined;
    waiting.sample((fault) => {
      outcome = fault;
      goesOn = false;
    });
    clock.runAll();
    assert.equal(outcome, "not-ready");
    assert.deepEqual(wires[1]!.log, []);
    assert.ok(clock.now - startedAt >= 10_000 && clock.now - startedAt < 11_000);
    assert.equal(sample(waiting).fault, null);
  });

  it("refuses what the part does not have", () => {
    const { wire } = createFakeWire(GOOD);
    for (const resolution of [8, 13, "12", NaN, null])
      assert.throws(() => createDs18b20({ wire, resolution: resolution as never }), /^resolution: must be/);
    for (const rom of [
      28,
      ["28"],
      "28",
      ROM + "00",
      ROM.slice(0, 14) + "00",
      "021CB801000000A2",
      "zz" + ROM.slice(2),
    ])
      assert.throws(() => createDs18b20({ wire, rom: rom as never }), /^rom: must be/);
    const sensor = createDs18b20({ wire });
    assert.throws(() => sensor.configure({ resolution: 8 as never }));
  });

  it("close ends a sample under way: no callback, nothing more on the wire", () => {
    const fake = createFakeWire(GOOD);
    const sensor = createDs18b20({ wire: fake.wire });
    sensor.sample(() => assert.fail("called back"));
    clock.tick(100);
    const { length } = fake.log;
    sensor.close();
    sensor.close();
    clock.runAll();
    assert.equal(fake.log.length, length);
  });
});
