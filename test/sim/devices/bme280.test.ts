import assert from "node:assert/strict";
import { NoAcknowledge } from "../../../sim/bus.ts";
import { CALIBRATION_ELIXIR, createBme280Model } from "../../../sim/devices/bme280.ts";
import type { Bme280Fault, Bme280Model } from "../../../sim/devices/bme280.ts";
import { decodeTrimming, fineTemperature } from "../../../sim/devices/bme280-integer.ts";

const RESET_DATA = [0x80, 0, 0, 0x80, 0, 0, 0x80, 0];

describe("BME280 model: registers", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (chip: "bme280" | "bmp280" = "bme280"): Bme280Model =>
    createBme280Model({ now: () => time, chip });

  function read(model: Bme280Model, register: number, quantity = 1): number[] {
    model.write([register]);
    return model.read(quantity);
  }
  const raw20 = (data: number[], at: number): number =>
    (data[at]! << 12) | (data[at + 1]! << 4) | (data[at + 2]! >> 4);

  it("the id is 60 or 58, and a BMP280 has no humidity registers", () => {
    assert.deepEqual(read(make(), 0xd0), [0x60]);
    const bmp = make("bmp280");
    assert.deepEqual(read(bmp, 0xd0), [0x58]);
    bmp.write([0xf2, 5]);
    assert.deepEqual(read(bmp, 0xf2), [0]);
    assert.deepEqual(read(bmp, 0xe1, 7), [0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(read(bmp, 0xfd, 2), [0, 0]);
  });

  it("a read counts the register up, across transfers, too", () => {
    const model = make();
    assert.deepEqual(read(model, 0x88, 26), CALIBRATION_ELIXIR.slice(0, 26));
    assert.deepEqual(read(model, 0xe1, 7), CALIBRATION_ELIXIR.slice(26));
    assert.deepEqual(read(model, 0x88, 2), CALIBRATION_ELIXIR.slice(0, 2));
    assert.deepEqual(model.read(2), CALIBRATION_ELIXIR.slice(2, 4));
  });

  it("a write is made of pairs of register and value and does not count up", () => {
    const model = make();
    model.write([0xf2, 1, 0xf5, 0x10, 0xf4, 0x24]);
    assert.deepEqual(read(model, 0xf2, 4), [1, 0, 0x24, 0x10]);
  });

  it("id, calibration, status and data cannot be written", () => {
    const model = make();
    for (const register of [0x88, 0xa1, 0xd0, 0xe1, 0xf3, 0xf7, 0xfe]) {
      const before = read(model, register);
      model.write([register, 0x5a]);
      assert.deepEqual(read(model, register), before);
    }
  });

  it("data registers hold 80000, 80000, 8000 before the first conversion", () => {
    assert.deepEqual(read(make(), 0xf7, 8), RESET_DATA);
  });

  it("a soft reset clears settings and data, takes 2 ms, and then still copies its NVM", () => {
    const model = make();
    model.write([0xf2, 1, 0xf5, 0x10, 0xf4, 0x25]);
    time += 100;
    assert.notDeepEqual(read(model, 0xf7, 8), RESET_DATA);
    model.write([0xe0, 0xb6]);
    assert.throws(() => model.read(1), NoAcknowledge);
    time += 1.99;
    assert.throws(() => model.write([0xf3]), NoAcknowledge);
    time += 0.01;
    assert.deepEqual(read(model, 0xf2, 4), [0, 1, 0, 0]);
    time += 1;
    assert.deepEqual(read(model, 0xf3), [0]);
    assert.deepEqual(read(model, 0xf7, 8), RESET_DATA);
    assert.deepEqual(read(model, 0xe0), [0]);
  });

  it("any other word in the reset register does nothing", () => {
    const model = make();
    model.write([0xf5, 0x10, 0xe0, 0xb7]);
    assert.deepEqual(read(model, 0xf5), [0x10]);
  });

  it("losing power is a reset in the middle of anything", () => {
    const model = make();
    model.write([0xf5, 0x10, 0xf4, 0x25]);
    time += 1;
    model.powerCycle();
    time += 3;
    assert.deepEqual(read(model, 0xf3, 3), [0, 0, 0]);
    time += 100;
    assert.deepEqual(read(model, 0xf7, 8), RESET_DATA);
  });

  it("a forced conversion lasts as data sheet §9.1 says, shows in status, and ends in sleep mode", () => {
    // osrs_t, osrs_p, osrs_h: the ms of 1.25 + 2.3 t + (2.3 p + 0.575) + (2.3 h + 0.575), skipped terms left out.
    for (const [t, p, h, ms] of [
      [1, 1, 1, 9.3],
      [1, 3, 0, 13.325],
      [5, 5, 5, 112.8],
      [7, 7, 7, 112.8],
      [1, 0, 0, 3.55],
    ] as const) {
      const model = make();
      model.write([0xf2, h, 0xf4, (t << 5) | (p << 2) | 1]);
      const startedAt = time;
      assert.deepEqual(read(model, 0xf3, 2), [8, (t << 5) | (p << 2) | 1]);
      time = startedAt + ms - 0.001;
      assert.deepEqual(read(model, 0xf3), [8]);
      assert.deepEqual(read(model, 0xf7, 8), RESET_DATA);
      time = startedAt + ms + 0.001;
      assert.deepEqual(read(model, 0xf3, 2), [0, (t << 5) | (p << 2)]);
      assert.notDeepEqual(read(model, 0xf7, 8), RESET_DATA);
      time += 1000;
      assert.deepEqual(read(model, 0xf3), [0]);
    }
  });

  it("a skipped quantity reads its reset value", () => {
    const model = make();
    model.write([0xf2, 0, 0xf4, (1 << 5) | 1]);
    time += 20;
    const data = read(model, 0xf7, 8);
    assert.deepEqual(data.slice(0, 3), [0x80, 0, 0]);
    assert.notDeepEqual(data.slice(3, 6), [0x80, 0, 0]);
    assert.deepEqual(data.slice(6), [0x80, 0]);
  });

  it("ctrl_hum takes effect with the next write to ctrl_meas only", () => {
    const model = make();
    model.write([0xf4, 0x25, 0xf2, 1]);
    time += 20;
    assert.deepEqual(read(model, 0xfd, 2), [0x80, 0]);
    model.write([0xf4, 0x25]);
    time += 20;
    assert.notDeepEqual(read(model, 0xfd, 2), [0x80, 0]);
  });

  it("a mode change waits for the end of a conversion; further ones and ctrl_hum are ignored meanwhile", () => {
    const model = make();
    model.write([0xf4, 0x25]); // 7 ms
    model.write([0xf4, 0x49]); // forced again, ×2 ×2: 11.1 ms
    model.write([0xf4, 0x00, 0xf2, 1]);
    time += 10;
    assert.deepEqual(read(model, 0xf2, 3), [0, 8, 0x49]);
    time += 20;
    assert.deepEqual(read(model, 0xf2, 3), [0, 0, 0x48]);
  });

  it("resolution is 16 bits at one conversion and one more with each doubling, and 20 with a filter", () => {
    const model = make();
    const used = (config: number, code: number): number => {
      let bits = 0;
      model.write([0xf4, 0]);
      model.write([0xf5, config]);
      for (let i = 0; i < 64; i++) {
        model.temperature = 20 + i * 0.377;
        model.pressure = 100000 + i * 13.7;
        model.write([0xf4, (code << 5) | (code << 2) | 1]);
        time += 200;
        const data = read(model, 0xf7, 6);
        bits |= raw20(data, 0) | raw20(data, 3);
      }
      return bits & 15;
    };
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((code) => used(0, code)),
      [0, 8, 12, 14, 15],
    );
    assert.equal(used(2 << 2, 1), 15);
  });

  it("the filter passes the first value, then reaches 75 % of a step in the samples of table 6", () => {
    for (const [code, samples] of [
      [1, 2],
      [2, 5],
      [3, 11],
      [4, 22],
    ] as const) {
      const model = make();
      const convert = (): number => {
        model.write([0xf4, 0xb5]);
        time += 200;
        return raw20(read(model, 0xf7, 8), 0);
      };
      model.write([0xf5, 0]);
      model.pressure = 90000;
      const end = convert();
      model.pressure = 100000;
      model.write([0xf5, code << 2]);
      const start = convert();
      model.pressure = 90000;
      for (let i = 1; i < samples; i++) assert.ok((convert() - start) / (end - start) < 0.75);
      assert.ok((convert() - start) / (end - start) >= 0.75);
      model.write([0xf5, code << 2]);
      assert.ok(Math.abs(convert() - end) <= 1, "writing config empties the filter");
    }
  });

  it("normal mode converts again and again, t_sb apart, and ignores config", () => {
    for (const [chip, code, standby] of [
      ["bme280", 0, 0.5],
      ["bme280", 6, 10],
      ["bmp280", 6, 2000],
      ["bmp280", 7, 4000],
    ] as const) {
      const model = make(chip);
      const startedAt = time;
      model.write([0xf5, code << 5]);
      model.write([0xf4, 0x27]); // 1.25 + 2.3 + 2.875 = 6.425 ms
      const status = (ms: number): number => {
        time = startedAt + ms;
        return read(model, 0xf3)[0]!;
      };
      assert.equal(status(6.4), 8);
      assert.equal(status(6.43), 0);
      assert.equal(status(6.425 + standby - 0.01), 0);
      assert.equal(status(6.425 + standby + 0.01), 8);
      model.temperature = 30;
      const cold = raw20(read(model, 0xf7, 6), 3);
      time += 86_400_000;
      assert.ok(raw20(read(model, 0xf7, 6), 3) > cold);
      model.write([0xf5, 0x10]);
      assert.deepEqual(read(model, 0xf5), [code << 5]);
      time += 100_000;
      model.write([0xf4, 0]);
      time += 100;
      assert.deepEqual(read(model, 0xf3, 2), [0, 0]);
    }
  });

  it("a conversion sees the world as it is when it ends, not when it is read", () => {
    const model = make();
    model.temperature = 10;
    model.write([0xf4, 0xb5]);
    time += 200;
    model.temperature = 40;
    const data = read(model, 0xf7, 6);
    const fine = fineTemperature(decodeTrimming(CALIBRATION_ELIXIR), BigInt(raw20(data, 3)));
    assert.ok(Math.abs(Number(fine) / 5120 - 10) < 0.01);
  });

  it("each fault shows where it should", () => {
    const model = make();
    const show = (fault: Bme280Fault, register: number): number => {
      model.fault = fault;
      return read(model, register)[0]!;
    };
    model.fault = "absent";
    assert.throws(() => model.write([0xd0]), NoAcknowledge);
    assert.throws(() => model.read(1), NoAcknowledge);
    assert.equal(show("wrong-id", 0xd0), 0x61);
    assert.deepEqual([show("blank-calibration", 0x88), show("blank-calibration", 0xe7)], [0xff, 0xff]);
    assert.deepEqual([show("zero-calibration", 0x88), show("zero-calibration", 0xe7)], [0, 0]);
    assert.equal(show("stuck-measuring", 0xf3), 8);
    assert.equal(show("stuck-copying", 0xf3), 1);
    assert.equal(show("all-ones", 0xf7), 0xff);
    assert.deepEqual([show("none", 0xd0), show("none", 0x88), show("none", 0xf3)], [0x60, 0x1d, 0]);
    model.write([0xf4, 0x25]);
    model.fault = "no-data";
    time += 20;
    assert.deepEqual(read(model, 0xf7, 8), RESET_DATA);
  });
});
