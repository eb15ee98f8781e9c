import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { createBme280 } from "../../../hw/sensors/bme280.ts";
import type { Bme280Options } from "../../../hw/sensors/bme280.ts";
import type { Sensor } from "../../../hw/sensors/sensor.ts";
import {
  bytes,
  lowRegisters,
  assertReading,
  B1_WORDS,
  E1_LOW,
  E1_HIGH,
  E1_DATA,
  E2_LOW,
  E2_HIGH,
  E2_DATA,
  RESET_DATA,
  LINEAR_LOW,
  linearBurst,
  createFakeBus,
  e1Bus,
  FIRST_SAMPLE,
  sampleOnce,
  transcript,
} from "./bme280-parts.ts";
import type { FakeBus, Outcome } from "./bme280-parts.ts";

describe("BME280 and BMP280 driver: faults", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const sample = (sensor: Sensor<Bme280Options>): Outcome => sampleOnce(clock, sensor);

  it("absent: whichever transfer is not acknowledged, and whatever the error is", () => {
    for (let transfers = 0; transfers < FIRST_SAMPLE.length; transfers++) {
      const bus = e1Bus();
      bus.deadFrom = transfers;
      assert.equal(sample(createBme280({ bus })).fault, "absent");
      assert.equal(bus.log.length, transfers + 1);
    }
    const bus = e1Bus();
    bus.writeTo = () => {
      throw new TypeError("i2c_master_cmd_begin: slave doesn't ACK the transfer");
    };
    assert.equal(sample(createBme280({ bus })).fault, "absent");
  });

  it("wrong-id: another part is asked for nothing else, and not reset", () => {
    for (const id of [0x00, 0x50, 0x55, 0x59, 0x5f, 0x61, 0xff]) {
      const bus = createFakeBus(id, E1_LOW, E1_HIGH, E1_DATA);
      assert.equal(sample(createBme280({ bus })).fault, "wrong-id");
      assert.equal(bus.log.length, 2);
    }
  });

  it("bad-calibration: B4, blank low, blank high; no conversion is started", () => {
    const p1IsZero = lowRegisters(B1_WORDS.map((word, i) => (i === 3 ? 0 : word)));
    for (const [id, low, high] of [
      [0x58, p1IsZero, E1_HIGH],
      [0x60, p1IsZero, E1_HIGH],
      [0x60, new Uint8Array(26), E1_HIGH],
      [0x60, new Uint8Array(26).fill(255), E1_HIGH],
      [0x60, E1_LOW, new Uint8Array(7)],
      [0x60, E1_LOW, new Uint8Array(7).fill(255)],
    ] as const) {
      const bus = createFakeBus(id, low, high, E1_DATA);
      assert.equal(sample(createBme280({ bus })).fault, "bad-calibration");
      assert.equal(bus.registers[0xf4], 0);
    }
  });

  it("E6, registers full of FF behind a right id, is a fault", () => {
    const bus = createFakeBus(0x60, new Uint8Array(26).fill(255), new Uint8Array(7).fill(255), E1_DATA);
    bus.registers.fill(255, 0xf7, 0xff);
    assert.equal(sample(createBme280({ bus })).fault, "bad-calibration");
  });

  it("not-ready: status is looked at five times for the NVM copy, three times for the conversion", () => {
    const copying = e1Bus();
    copying.registers[0xf3] = 1;
    assert.equal(sample(createBme280({ bus: copying })).fault, "not-ready");
    assert.deepEqual(copying.log.slice(3), Array<string[]>(5).fill(["W F3", "R 01"]).flat());

    const measuring = e1Bus();
    measuring.registers[0xf3] = 8;
    assert.equal(sample(createBme280({ bus: measuring })).fault, "not-ready");
    assert.deepEqual(measuring.log.slice(-6), Array<string[]>(3).fill(["W F3", "R 08 24 A0"]).flat());
  });

  it("power-on-value: F5 is back at 00, so calibration and filter may be another part's", () => {
    const bus = e1Bus();
    const sensor = createBme280({ bus });
    sample(sensor);
    bus.registers[0xf5] = 0;
    assert.equal(sample(sensor).fault, "power-on-value");
    assert.deepEqual(
      transcript(bus, () => assert.equal(sample(sensor).fault, null)),
      FIRST_SAMPLE,
    );
  });

  it("no-data: E5 with the reset value in every register, BME280 and BMP280", () => {
    for (const id of [0x60, 0x58]) {
      const bus = createFakeBus(id, E1_LOW, E1_HIGH, RESET_DATA);
      assert.equal(sample(createBme280({ bus })).fault, "no-data");
    }
  });

  it("one raw value of 80000 alone is a reading: 22.96 °C, 588.7 hPa and 43 %RH are weather somewhere", () => {
    for (const data of [
      "45 59 40 80 00 00 89 6D",
      "45 00 00 80 00 00 89 6D",
      "80 00 00 82 F3 00 89 6D",
      "80 00 00 82 00 00 89 6D",
      "45 59 40 82 F3 00 80 00",
      "80 01 00 80 00 00 80 00",
      "80 00 10 80 00 00 80 00",
      "80 00 00 80 01 00 80 00",
      "80 00 00 80 00 10 80 00",
    ]) {
      const bus = createFakeBus(0x60, E1_LOW, E1_HIGH, bytes(data));
      assert.equal(sample(createBme280({ bus })).fault, null);
    }
  });

  it("out-of-range: the ends of -40…85 °C and 30000…110000 Pa are readings, a step beyond is none", () => {
    for (const [celsius, pascal] of [
      [-40, 100000],
      [85, 100000],
      [25, 30000],
      [25, 110000],
    ] as const) {
      const bus = createFakeBus(0x58, LINEAR_LOW, E1_HIGH, linearBurst(celsius, pascal));
      assertReading(sample(createBme280({ bus })).reading, celsius, pascal);
    }
    for (const [celsius, pascal] of [
      [-40 - 5 / 16384, 100000],
      [85 + 5 / 16384, 100000],
      [25, 29999.75],
      [25, 110000.25],
    ] as const) {
      const bus = createFakeBus(0x58, LINEAR_LOW, E1_HIGH, linearBurst(celsius, pascal));
      assert.equal(sample(createBme280({ bus })).fault, "out-of-range");
    }
  });

  it("out-of-range: data of all ones or all zeros", () => {
    for (const fill of [0, 255]) {
      const bus = createFakeBus(0x60, E1_LOW, E1_HIGH, new Uint8Array(8).fill(fill));
      assert.equal(sample(createBme280({ bus })).fault, "out-of-range");
    }
  });

  it("after any fault the part is identified, reset and calibrated again", () => {
    const faults: ((bus: FakeBus) => void)[] = [
      (bus) => (bus.deadFrom = bus.log.length + 3),
      (bus) => (bus.registers[0xf3] = 8),
      (bus) => (bus.registers[0xf5] = 0),
      (bus) => bus.registers.set(RESET_DATA, 0xf7),
      (bus) => bus.registers.fill(255, 0xf7, 0xff),
    ];
    for (const cause of faults) {
      const bus = e1Bus();
      const sensor = createBme280({ bus });
      sample(sensor);
      cause(bus);
      assert.notEqual(sample(sensor).fault, null);
      bus.deadFrom = Infinity;
      bus.registers[0xf3] = 0;
      bus.registers.set(E2_LOW, 0x88);
      bus.registers.set(E2_HIGH, 0xe1);
      bus.registers.set(E2_DATA, 0xf7);
      const healed = transcript(bus, () =>
        assertReading(sample(sensor).reading, 23.72209, 100942.97, 65.3061),
      );
      assert.deepEqual(healed.slice(0, 3), ["W D0", "R 60", "W E0 B6"]);
    }
  });

  it("a fault that stays is found at every sample", () => {
    const bus = createFakeBus(0x61, E1_LOW, E1_HIGH, E1_DATA);
    const sensor = createBme280({ bus });
    for (let i = 0; i < 3; i++) assert.equal(sample(sensor).fault, "wrong-id");
  });
});
