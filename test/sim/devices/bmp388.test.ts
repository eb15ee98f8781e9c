import assert from "node:assert/strict";
import { NoAcknowledge } from "../../../sim/bus.ts";
import {
  CALIBRATION_BETAFLIGHT,
  CALIBRATION_ELIXIR,
  createBmp388Model,
} from "../../../sim/devices/bmp388.ts";
import type { Bmp388Fault, Bmp388Model } from "../../../sim/devices/bmp388.ts";
import {
  checksum,
  decodeTrimming,
  fineTemperature,
  integerPressure,
} from "../../../sim/devices/bmp388-integer.ts";

const RESET_DATA = [0, 0, 0x80, 0, 0, 0x80];

describe("BMP388 model: Bosch's integers", () => {
  for (const [source, calibration, uT, uP, celsius, pascal] of [
    ["elixir-sensors/bmp3xx", CALIBRATION_ELIXIR, 0x85d873n, 0x6d9f97n, 30.4993, 100876.01],
    ["Betaflight's calibration", CALIBRATION_BETAFLIGHT, 9937920n, 7323488n, 48.8092, 101211.29],
  ] as const) {
    it(`${source}: ${celsius} °C, ${pascal} Pa`, () => {
      const trimming = decodeTrimming(calibration);
      const fine = fineTemperature(trimming, uT);
      assert.ok(Math.abs(Number(fine) / 65536 - celsius) < 0.0002);
      assert.ok(Math.abs(Number(integerPressure(trimming, fine, uP)) / 100 - pascal) < 0.1);
    });
  }

  it("the checksum is CRC-8/SAE-J1850: its check value over 123456789 is 4B", () => {
    assert.equal(checksum([]), 0);
    assert.equal(checksum([...Buffer.from("123456789")]), 0x4b);
  });
});

describe("BMP388 model: registers", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (chip: "bmp388" | "bmp390" = "bmp388"): Bmp388Model =>
    createBmp388Model({ now: () => time, chip });
  function read(model: Bmp388Model, register: number, quantity = 1): number[] {
    model.write([register]);
    return model.read(quantity);
  }

  it("after a reset: id, data at 800000, cmd_rdy, por_detected once, pressure oversampled four times", () => {
    const model = make();
    assert.deepEqual(read(model, 0x00, 4), [0x50, 0, 0, 0x10]);
    assert.deepEqual(read(make("bmp390"), 0x00), [0x60]);
    assert.deepEqual(read(model, 0x04, 6), RESET_DATA);
    assert.deepEqual([...read(model, 0x10), ...read(model, 0x10)], [1, 0]);
    assert.deepEqual(read(model, 0x1b, 5), [0, 2, 0, 0, 0]);
    assert.deepEqual(read(model, 0x30, 22), [checksum(CALIBRATION_ELIXIR), ...CALIBRATION_ELIXIR]);
    assert.deepEqual(read(model, 0x60, 3), [0, 0, 0]);
  });

  it("id, status, data and calibration cannot be written", () => {
    const model = make();
    for (const register of [0x00, 0x02, 0x03, 0x04, 0x09, 0x30, 0x45, 0x50]) {
      const before = read(model, register);
      model.write([register, 0x5a]);
      assert.deepEqual(read(model, register), before);
    }
  });

  it("a soft reset clears the settings and takes 2 ms; a command after it that comes too early is an error", () => {
    const model = make();
    model.write([0x1c, 0x09, 0x1d, 0x11, 0x1f, 0x04]);
    assert.deepEqual(read(model, 0x1c, 4), [0x09, 0x11, 0, 0x04]);
    model.write([0x7e, 0xb5]);
    assert.deepEqual(read(model, 0x1c), [0x09]);
    model.write([0x7e, 0xb6]);
    assert.throws(() => model.read(1), NoAcknowledge);
    time += 1.99;
    assert.throws(() => model.write([0]), NoAcknowledge);
    time += 0.01;
    assert.deepEqual(read(model, 0x1c, 4), [2, 0, 0, 0]);
    model.write([0x7e, 0xb6]);
    assert.deepEqual([...read(model, 0x02, 2), ...read(model, 0x02)], [2, 0, 0]);
    time += 1;
    assert.deepEqual(read(model, 0x03), [0x10]);
  });

  it("a forced conversion lasts 15 % longer than data sheet §3.9.2, then both data are ready until they are read", () => {
    // osr_t, osr_p, the ms of 0.234 + 0.392 + 2.02 · 2^osr_p + 0.313 + 2.02 · 2^osr_t.
    for (const [t, p, ms] of [
      [0, 0, 4.979],
      [1, 4, 37.299],
      [5, 5, 130.219],
      [7, 7, 130.219],
    ] as const) {
      const model = make();
      model.write([0x1c, (t << 3) | p, 0x1b, 0x13]);
      time += 1.15 * ms - 0.001;
      assert.deepEqual(read(model, 0x03), [0x10]);
      assert.deepEqual(read(model, 0x1b), [0x13]);
      time += 0.002;
      assert.deepEqual(read(model, 0x03), [0x70]);
      assert.deepEqual(read(model, 0x1b), [0x03]);
      assert.notDeepEqual(read(model, 0x04, 3), RESET_DATA.slice(0, 3));
      assert.deepEqual(read(model, 0x03), [0x50]);
      assert.notDeepEqual(read(model, 0x07, 3), RESET_DATA.slice(3));
      assert.deepEqual(read(model, 0x03), [0x10]);
      time += 1000;
      assert.deepEqual(read(model, 0x03), [0x10]);
    }
  });

  it("a quantity that is off keeps its value and is not ready", () => {
    const model = make();
    model.write([0x1b, 0x12]);
    time += 50;
    assert.deepEqual(read(model, 0x03), [0x50]);
    assert.deepEqual(read(model, 0x04, 3), [0, 0, 0x80]);
    model.write([0x1b, 0x10]);
    time += 50;
    assert.deepEqual(read(model, 0x03), [0x50]);
  });

  it("normal mode converts again and again, unless the rate leaves no time: a configuration error, once", () => {
    const model = make();
    model.write([0x1c, 5, 0x1d, 0, 0x1b, 0x33]);
    assert.deepEqual([...read(model, 0x02), ...read(model, 0x02)], [4, 0]);
    assert.deepEqual(read(model, 0x1b), [0x03]);
    model.write([0x1c, 0, 0x1d, 2, 0x1b, 0x33]);
    for (let i = 0; i < 5; i++) {
      time += 25;
      assert.deepEqual(read(model, 0x03), [0x70]);
      read(model, 0x04, 6);
    }
    time += 86_400_000;
    assert.deepEqual(read(model, 0x03), [0x70]);
    assert.deepEqual(read(model, 0x1b), [0x33]);
  });

  it("the filter passes the first value, then takes one part in coefficient + 1 of each step", () => {
    const model = make();
    const convert = (): number => {
      model.write([0x1c, 0x2d, 0x1b, 0x13]);
      time += 200;
      const [xlsb, lsb, msb] = read(model, 0x04, 6);
      return (msb! << 16) | (lsb! << 8) | xlsb!;
    };
    model.pressure = 90000;
    const end = convert();
    model.pressure = 100000;
    model.write([0x1f, 2 << 1]);
    const start = convert();
    model.pressure = 90000;
    assert.ok(Math.abs((convert() - start) / (end - start) - 0.25) < 0.001);
    assert.ok(Math.abs((convert() - start) / (end - start) - 0.4375) < 0.001);
    model.write([0x1f, 2 << 1]);
    assert.ok(Math.abs(convert() - end) <= 8, "writing CONFIG empties the filter");
  });

  it("each fault shows where it should", () => {
    const model = make();
    const show = (fault: Bmp388Fault | "none", register: number, quantity = 1): number[] => {
      model.fault = fault;
      return read(model, register, quantity);
    };
    model.fault = "absent";
    assert.throws(() => model.write([0x00]), NoAcknowledge);
    assert.throws(() => model.read(1), NoAcknowledge);
    model.fault = "all-ones";
    assert.deepEqual(read(model, 0x00), [0xff]);
    assert.deepEqual(show("wrong-id", 0x00), [0x51]);
    assert.deepEqual(show("blank-calibration", 0x30, 2), [255, 255]);
    assert.deepEqual(show("zero-calibration", 0x44, 2), [0, 0]);
    assert.notEqual(checksum(show("flipped-bit", 0x31, 21)), show("flipped-bit", 0x30)[0]);
    assert.deepEqual(show("stuck-starting", 0x03), [0]);
    assert.deepEqual(show("fatal", 0x02), [1]);
    assert.deepEqual(show("data-ones", 0x04, 6), Array(6).fill(255));
    model.fault = "stuck-converting";
    model.write([0x1b, 0x13]);
    time += 1000;
    assert.deepEqual(read(model, 0x03), [0x10]);
    assert.deepEqual(show("no-data", 0x03), [0x70]);
    assert.deepEqual(read(model, 0x04, 6), RESET_DATA);
    assert.deepEqual(show("none", 0x00), [0x50]);
  });

  it("a calibration of another length is refused", () => {
    assert.throws(() => createBmp388Model({ now: () => time, calibration: [1] }), RangeError);
  });
});
