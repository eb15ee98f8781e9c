/** What every driver of a part on I²C does alike, as one suite. */
import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import type { I2CBus } from "../../../hw/io/i2c.ts";
import type { Fault, Reading, SampleCallback, Sensor } from "../../../hw/sensors/sensor.ts";
import { BUS_ERRORS, sampleOnce, transcript } from "./fake-bus.ts";
import type { FakeBus, Outcome } from "./fake-bus.ts";

export interface Contract {
  create(bus: I2CBus, address?: number): Sensor<never>;
  /** A bus with a part in good health. */
  bus(): FakeBus;
  /** What it carries for the first sample, and for each after it. */
  first: string[];
  next: string[];
  /** The part's other address. */
  otherAddress?: number;
  reading: Reading;
}

/** Fake timers around each test, none of which may outlive it. */
export function withClock(): () => Clock {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    const left = clock.countTimers();
    clock.uninstall();
    assert.equal(left, 0, "a timer outlived the test");
  });
  return () => clock;
}

export function describeContract(title: string, contract: Contract): void {
  describe(`${title} driver: the contract of a sensor`, () => {
    const { create, first, next } = contract;
    const clock = withClock();
    const sample = (sensor: Sensor<never>): Outcome => sampleOnce(clock(), sensor);
    /** A sensor that has taken its first sample, on a bus whose log is empty. */
    function settled(): { bus: FakeBus; sensor: Sensor<never> } {
      const bus = contract.bus();
      const sensor = create(bus);
      assert.equal(sample(sensor).fault, null);
      bus.log = [];
      return { bus, sensor };
    }
    const assertFirst = (bus: FakeBus, sensor: Sensor<never>): void =>
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        first,
      );

    it("sends nothing before the first sample", () => {
      const bus = contract.bus();
      create(bus);
      clock().runAll();
      assert.deepEqual(bus.log, []);
    });

    it("the first sample identifies, resets, calibrates and measures; the next only what it must", () => {
      const bus = contract.bus();
      const sensor = create(bus);
      for (const expected of [first, next, next]) {
        const log = transcript(bus, () => assert.deepEqual(sample(sensor).reading, contract.reading));
        assert.deepEqual(log, expected);
      }
    });

    const { otherAddress } = contract;
    if (otherAddress !== undefined) {
      it("every transfer goes to the address given, and no other is taken", () => {
        const bus = contract.bus();
        const sensor = create(bus, otherAddress);
        const log = transcript(bus, () => assert.equal(sample(sensor).fault, null));
        assert.deepEqual(
          log,
          first.map((line) => `${otherAddress.toString(16)} ${line}`),
        );
      });
    }

    it("an address the part does not have is refused", () => {
      for (const wrong of [0, 0x75, 0x78, NaN, "119", null]) {
        assert.throws(() => create(contract.bus(), wrong as number), /^address: must be one of/);
      }
    });

    it("absent: whichever transfer of the first sample fails, and whatever the board throws; then it heals", () => {
      for (const error of BUS_ERRORS) {
        for (let transfers = 0; transfers < first.length; transfers++) {
          const bus = contract.bus();
          Object.assign(bus, { error, deadFrom: transfers });
          const sensor = create(bus);
          assert.equal(sample(sensor).fault, "absent");
          assert.equal(bus.log.length, transfers + 1);
          bus.deadFrom = Infinity;
          assertFirst(bus, sensor);
        }
      }
    });

    it("absent: the same between good samples", () => {
      for (let transfers = 0; transfers < next.length; transfers++) {
        const { bus, sensor } = settled();
        bus.deadFrom = transfers;
        assert.equal(sample(sensor).fault, "absent");
        bus.deadFrom = Infinity;
        assertFirst(bus, sensor);
      }
    });

    it("a line held low, which an ESP8266 takes for zeros, is a fault from whichever transfer on", () => {
      for (let transfers = 0; transfers < first.length; transfers++) {
        const bus = contract.bus();
        bus.stuckFrom = transfers;
        const sensor = create(bus);
        assert.notEqual(sample(sensor).fault, null, `transfer ${transfers}`);
        bus.stuckFrom = Infinity;
        assertFirst(bus, sensor);
      }
      for (let transfers = 0; transfers < next.length; transfers++) {
        const { bus, sensor } = settled();
        bus.stuckFrom = transfers;
        assert.notEqual(sample(sensor).fault, null, `transfer ${transfers}`);
        bus.stuckFrom = Infinity;
        assertFirst(bus, sensor);
      }
    });

    it("a sample while one is under way gets not-ready, later, and leaves the first alone", () => {
      const bus = contract.bus();
      const sensor = create(bus);
      const outcomes: [string, Fault | null, boolean][] = [];
      const note =
        (who: string): SampleCallback =>
        (fault, reading) =>
          void outcomes.push([who, fault, reading !== undefined]);
      sensor.sample(note("first"));
      sensor.sample(note("second"));
      assert.deepEqual(outcomes, []);
      clock().runAll();
      assert.deepEqual(outcomes, [
        ["second", "not-ready", false],
        ["first", null, true],
      ]);
      assert.deepEqual(bus.log, first);
    });

    it("the callback may take the next sample", () => {
      const sensor = create(contract.bus());
      const faults: (Fault | null)[] = [];
      sensor.sample((fault) => {
        faults.push(fault);
        sensor.sample((other) => faults.push(other));
        assert.equal(faults.length, 1);
      });
      clock().runAll();
      assert.deepEqual(faults, [null, null]);
    });

    it("an exception of the callback passes through and is no fault of the part", () => {
      const bus = contract.bus();
      const sensor = create(bus);
      sensor.sample(() => {
        throw new Error("the caller's own");
      });
      assert.throws(() => clock().runAll(), /the caller's own/);
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        next,
      );
    });

    it("close ends a sample at any moment: no callback, no further transfer; the next starts from reset", () => {
      for (let ms = 0; ; ms++) {
        const bus = contract.bus();
        const sensor = create(bus);
        let calls = 0;
        sensor.sample(() => calls++);
        clock().tick(ms);
        if (calls) break;
        const transfers = bus.log.length;
        sensor.close();
        sensor.close();
        clock().runAll();
        assert.equal(calls, 0);
        assert.equal(bus.log.length, transfers);
        assertFirst(bus, sensor);
      }
    });

    it("close does nothing when no sample is under way, and works from inside the callback", () => {
      const { bus, sensor } = settled();
      sensor.close();
      sensor.sample(() => sensor.close());
      clock().runAll();
      assert.deepEqual(bus.log, next);
    });
  });
}
