import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { createBme280 } from "../../../hw/sensors/bme280.ts";
import type { Bme280Options, Oversampling } from "../../../hw/sensors/bme280.ts";
import type { Fault, SampleCallback, Sensor } from "../../../hw/sensors/sensor.ts";
import {
  assertReading,
  E2_LOW,
  E2_HIGH,
  E2_DATA,
  createFakeBus,
  e1Bus,
  SAMPLE_BME280,
  FIRST_SAMPLE,
  sampleOnce,
  transcript,
} from "./bme280-parts.ts";
import type { FakeBus, Outcome } from "./bme280-parts.ts";

describe("BME280 and BMP280 driver", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const sample = (sensor: Sensor<Bme280Options>): Outcome => sampleOnce(clock, sensor);

  it("sends nothing before the first sample", () => {
    const bus = e1Bus();
    createBme280({ bus });
    clock.runAll();
    assert.deepEqual(bus.log, []);
  });

  it("the first sample of a BME280 identifies, resets, calibrates, configures and measures; the next only measures", () => {
    const bus = e1Bus();
    const sensor = createBme280({ bus });
    const first = transcript(bus, () => assertReading(sample(sensor).reading, 26.74597, 100391.49, 56.0918));
    assert.deepEqual(first, FIRST_SAMPLE);
    const second = transcript(bus, () => assertReading(sample(sensor).reading, 26.74597, 100391.49, 56.0918));
    assert.deepEqual(second, SAMPLE_BME280);
  });

  for (const id of [0x56, 0x57, 0x58]) {
    it(`a BMP280 with id ${id.toString(16)} has no humidity register, calibration or reading (E2)`, () => {
      const bus = createFakeBus(id, E2_LOW, E2_HIGH, E2_DATA);
      const sensor = createBme280({ bus });
      const first = transcript(bus, () => assertReading(sample(sensor).reading, 23.72209, 100942.97));
      const low = Buffer.from(E2_LOW).toString("hex").toUpperCase().match(/../g)!.join(" ");
      assert.deepEqual(first, [
        ...["W D0", `R ${id.toString(16)}`, "W E0 B6", "W F3", "R 00", "W 88", `R ${low}`],
        ...["W F5 A0", "W F4 25", "W F3", "R 00 24 A0", "W F7", "R 4A 52 C0 80 96 C0"],
      ]);
    });
  }

  it("every transfer goes to the address given, 77", () => {
    const bus = e1Bus();
    const sensor = createBme280({ bus, address: 0x77 });
    const first = transcript(bus, () => assertReading(sample(sensor).reading, 26.74597, 100391.49, 56.0918));
    assert.deepEqual(
      first,
      FIRST_SAMPLE.map((line) => "77 " + line),
    );
  });

  it("settings reach F2, F4 and F5 with the codes of the data sheet", () => {
    const oversamplings: Oversampling[] = [1, 2, 4, 8, 16];
    oversamplings.forEach((oversampling, i) => {
      const bus = e1Bus();
      const filter = ([0, 2, 4, 8, 16] as const)[i]!;
      const sensor = createBme280({
        bus,
        temperatureOversampling: oversampling,
        pressureOversampling: oversamplings[4 - i]!,
        humidityOversampling: oversamplings[(i + 1) % 5]!,
        filter,
      });
      sample(sensor);
      assert.equal(bus.registers[0xf2], ((i + 1) % 5) + 1);
      assert.equal(bus.registers[0xf4], ((i + 1) << 5) | ((5 - i) << 2));
      assert.equal((bus.registers[0xf5]! >> 2) & 7, i);
    });
  });

  it("a conversion is waited for as long as the data sheet's maximum, less than 1 ms longer", () => {
    const oversamplings: Oversampling[] = [1, 2, 4, 8, 16];
    for (const t of oversamplings) {
      for (const p of oversamplings) {
        for (const h of oversamplings) {
          const bus = e1Bus();
          const sensor = createBme280({
            bus,
            temperatureOversampling: t,
            pressureOversampling: p,
            humidityOversampling: h,
          });
          sample(sensor);
          let startedAt = 0;
          let lookedAt = 0;
          const writeTo = bus.writeTo;
          bus.writeTo = (address, data) => {
            if (data[0] === 0xf4) startedAt = clock.now;
            if (data[0] === 0xf3) lookedAt = clock.now;
            writeTo(address, data);
          };
          sample(sensor);
          const maximum = 1.25 + 2.3 * t + (2.3 * p + 0.575) + (2.3 * h + 0.575);
          assert.ok(lookedAt - startedAt >= maximum && lookedAt - startedAt < maximum + 1);
        }
      }
    }
  });

  it("after a reset nothing is sent for the 2 ms of start-up", () => {
    const bus = e1Bus();
    const at = new Map<number, number>();
    const writeTo = bus.writeTo;
    bus.writeTo = (address, data) => {
      at.set(data[0]!, clock.now);
      writeTo(address, data);
    };
    sample(createBme280({ bus }));
    assert.equal(at.get(0x88)! - at.get(0xe0)!, 2);
  });

  it("a part that is still busy is waited for again, each time as long as a conversion takes", () => {
    const bus = e1Bus();
    const sensor = createBme280({ bus, pressureOversampling: 16 });
    sample(sensor);
    bus.registers[0xf3] = 8;
    const looks: number[] = [];
    const writeTo = bus.writeTo;
    bus.writeTo = (address, data) => {
      if (data[0] === 0xf4 || data[0] === 0xf3) looks.push(clock.now);
      if (looks.length === 4) bus.registers[0xf3] = 0;
      writeTo(address, data);
    };
    assert.equal(sample(sensor).fault, null);
    assert.deepEqual(
      looks.slice(1).map((at, i) => at - looks[i]!),
      [44, 44, 44],
    );
  });

  describe("one sample at a time", () => {
    it("a sample while one is under way gets not-ready, later, and leaves the first alone", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      const outcomes: [string, Fault | null, boolean][] = [];
      const note =
        (who: string): SampleCallback =>
        (fault, reading) =>
          void outcomes.push([who, fault, reading !== undefined]);
      sensor.sample(note("first"));
      sensor.sample(note("second"));
      assert.deepEqual(outcomes, []);
      clock.tick(4);
      sensor.sample(note("third"));
      clock.runAll();
      assert.deepEqual(outcomes, [
        ["second", "not-ready", false],
        ["third", "not-ready", false],
        ["first", null, true],
      ]);
      assert.deepEqual(bus.log, FIRST_SAMPLE);
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        SAMPLE_BME280,
      );
    });

    it("the callback may take the next sample", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      const faults: (Fault | null)[] = [];
      sensor.sample((fault) => {
        faults.push(fault);
        sensor.sample((next) => faults.push(next));
        assert.equal(faults.length, 1);
      });
      clock.runAll();
      assert.deepEqual(faults, [null, null]);
    });

    it("an exception of the callback passes through and is no fault of the part", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      let calls = 0;
      sensor.sample(() => {
        calls++;
        throw new Error("the caller's own");
      });
      assert.throws(() => clock.runAll(), /the caller's own/);
      assert.equal(calls, 1);
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        SAMPLE_BME280,
      );
    });

    it("two sensors on one bus do not touch each other", () => {
      const bus = e1Bus();
      const one = createBme280({ bus });
      const other = createBme280({ bus, address: 0x77, filter: 16 });
      const faults: (Fault | null)[] = [];
      one.sample((fault) => faults.push(fault));
      other.sample((fault) => faults.push(fault));
      clock.runAll();
      assert.deepEqual(faults, [null, null]);
    });
  });

  describe("close", () => {
    it("ends a sample at any moment: no callback, no further transfer; the next sample starts from reset", () => {
      for (let ms = 0; ms < 14; ms++) {
        const bus = e1Bus();
        const sensor = createBme280({ bus });
        let calls = 0;
        sensor.sample(() => calls++);
        clock.tick(ms);
        if (calls) break;
        const transfers = bus.log.length;
        sensor.close();
        sensor.close();
        clock.runAll();
        assert.equal(calls, 0);
        assert.equal(bus.log.length, transfers);
        assert.deepEqual(
          transcript(bus, () => assert.equal(sample(sensor).fault, null)),
          FIRST_SAMPLE,
        );
      }
    });

    it("does nothing when no sample is under way", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      sensor.close();
      sample(sensor);
      sensor.close();
      sensor.close();
      assert.equal(sample(sensor).fault, null);
    });

    it("works from inside the callback", () => {
      const sensor = createBme280({ bus: e1Bus() });
      let calls = 0;
      sensor.sample(() => {
        calls++;
        sensor.close();
      });
      clock.runAll();
      assert.equal(calls, 1);
    });
  });

  describe("configure", () => {
    const settings = (bus: FakeBus): number[] =>
      [0xf2, 0xf4, 0xf5].map((register) => bus.registers[register]!);

    it("changes only what it names, from the next sample on", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus, temperatureOversampling: 2, humidityOversampling: 4, filter: 8 });
      sample(sensor);
      assert.deepEqual(settings(bus), [3, (2 << 5) | (1 << 2), 0xa0 | (3 << 2)]);
      sensor.configure({ pressureOversampling: 16 });
      assert.deepEqual(settings(bus), [3, (2 << 5) | (1 << 2), 0xa0 | (3 << 2)]);
      sample(sensor);
      assert.deepEqual(settings(bus), [3, (2 << 5) | (5 << 2), 0xa0 | (3 << 2)]);
      sensor.configure({ filter: 0 });
      sample(sensor);
      assert.deepEqual(settings(bus), [3, (2 << 5) | (5 << 2), 0xa0]);
      sensor.configure({});
      sample(sensor);
      assert.deepEqual(settings(bus), [3, (2 << 5) | (5 << 2), 0xa0]);
    });

    it("leaves a sample under way to its end, at any moment", () => {
      for (let ms = 0; ms < 14; ms++) {
        const bus = e1Bus();
        const sensor = createBme280({ bus });
        const faults: (Fault | null)[] = [];
        sensor.sample((fault) => faults.push(fault));
        clock.tick(ms);
        sensor.configure({ pressureOversampling: 8, filter: 4 });
        clock.runAll();
        assert.deepEqual(faults, [null]);
        sample(sensor);
        assert.deepEqual(settings(bus), [1, (1 << 5) | (4 << 2), 0xa0 | (2 << 2)]);
      }
    });

    it("refuses what the part does not have, and then changes nothing", () => {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      for (const wrong of [0, 3, 32, -1, NaN, "2", null]) {
        const value = wrong as never;
        assert.throws(() => createBme280({ bus, temperatureOversampling: value }));
        assert.throws(() => sensor.configure({ temperatureOversampling: value, pressureOversampling: 16 }));
        assert.throws(() => sensor.configure({ temperatureOversampling: 16, pressureOversampling: value }));
        assert.throws(() => sensor.configure({ temperatureOversampling: 16, humidityOversampling: value }));
        if (wrong !== 0)
          assert.throws(() => sensor.configure({ temperatureOversampling: 16, filter: value }));
      }
      sample(sensor);
      assert.deepEqual(settings(bus), [1, 0x24, 0xa0]);
    });
  });
});
