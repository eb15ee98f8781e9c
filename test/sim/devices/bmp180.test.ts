import assert from "node:assert/strict";
import { NoAcknowledge } from "../../../sim/bus.ts";
import {
  CALIBRATION_DATA_SHEET,
  CALIBRATION_PERIPH,
  createBmp180Model,
} from "../../../sim/devices/bmp180.ts";
import type { Bmp180Fault, Bmp180Model } from "../../../sim/devices/bmp180.ts";
import { b5, decodeCoefficients, integerPressure } from "../../../sim/devices/bmp180-integer.ts";
import { createRandom } from "../../../sim/random.ts";

describe("BMP180 model: the data sheet's integers", () => {
  const example = decodeCoefficients(CALIBRATION_DATA_SHEET);

  it("give the data sheet's example: B5 2399 before its rounded steps, 150, 69964", () => {
    const fine = b5(example, 27898n)!;
    assert.equal((fine + 8n) >> 4n, 150n);
    assert.ok(fine === 2399n || fine === 2400n);
    assert.ok([69962n, 69963n, 69964n].includes(integerPressure(example, fine, 23843n, 0)));
  });

  it("give Betaflight's and periph.io's results", () => {
    for (const [ut, tenths, pressure] of [
      [27898n, 150n, 99998n],
      [24342n, -201n, 92251n],
      [33315n, 549n, 108922n],
    ] as const) {
      const fine = b5(example, ut)!;
      assert.equal((fine + 8n) >> 4n, tenths);
      const difference = integerPressure(example, fine, 271097n, 3) - pressure;
      assert.ok(difference >= -5n && difference <= 5n, String(difference));
    }
    const real = decodeCoefficients(CALIBRATION_PERIPH);
    const fine = b5(real, 0x71bfn)!;
    assert.equal((fine + 8n) >> 4n, 253n);
    const pressure = integerPressure(real, fine, 0xab96n, 0);
    assert.ok(pressure >= 100565n && pressure <= 100575n);
  });
});

describe("BMP180 model: registers", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (): Bmp180Model => createBmp180Model({ now: () => time });
  function read(model: Bmp180Model, register: number, quantity = 1): number[] {
    model.write([register]);
    return model.read(quantity);
  }

  it("after a reset: id 55, F4 00, data 80 00 00, and what is not there 00", () => {
    const model = make();
    assert.deepEqual(read(model, 0xd0), [0x55]);
    assert.deepEqual(read(model, 0xf4, 5), [0, 0, 0x80, 0, 0]);
    assert.deepEqual(read(model, 0xaa, 22), CALIBRATION_DATA_SHEET);
    assert.deepEqual(read(model, 0x00, 3), [0, 0, 0]);
  });

  it("only F4 and E0 can be written, and E0 only with B6", () => {
    const model = make();
    for (const register of [0xaa, 0xbf, 0xd0, 0xf6, 0xf8, 0x10]) {
      const before = read(model, register);
      model.write([register, 0x5a]);
      assert.deepEqual(read(model, register), before);
    }
    model.write([0xf4, 0x0e, 0xe0, 0xb7]);
    assert.deepEqual(read(model, 0xf4), [0x0e]);
    model.write([0xe0, 0xb6]);
    assert.throws(() => model.read(1), NoAcknowledge);
    time += 9.99;
    assert.throws(() => model.write([0xf4]), NoAcknowledge);
    time += 0.01;
    assert.deepEqual(read(model, 0xf4), [0]);
  });

  it("a conversion shows in bit 5 for as long as the data sheet allows, then its data stand there", () => {
    for (const [command, ms] of [
      [0x2e, 4.5],
      [0x34, 4.5],
      [0x74, 7.5],
      [0xb4, 13.5],
      [0xf4, 25.5],
    ] as const) {
      const model = make();
      model.write([0xf4, command]);
      time += ms - 0.001;
      assert.deepEqual(read(model, 0xf4, 5), [command, 0, 0x80, 0, 0]);
      time += 0.002;
      const [control, , ...data] = read(model, 0xf4, 5);
      assert.equal(control, command - 0x20);
      assert.notDeepEqual(data, [0x80, 0, 0]);
      // Bits below the resolution are 0.
      assert.equal(((data[0]! << 16) | (data[1]! << 8) | data[2]!) & ((1 << (8 - (command >> 6))) - 1), 0);
    }
  });

  it("a command during a conversion begins anew, and one without bit 5 ends it", () => {
    const model = make();
    model.write([0xf4, 0xf4]);
    time += 20;
    model.write([0xf4, 0x2e]);
    time += 4.4;
    assert.deepEqual(read(model, 0xf6, 3), [0x80, 0, 0]);
    model.write([0xf4, 0x0e]);
    time += 100;
    assert.deepEqual(read(model, 0xf6, 3), [0x80, 0, 0]);
  });

  it("a conversion sees the world as it is when it ends", () => {
    const model = make();
    model.temperature = 10;
    model.write([0xf4, 0x2e]);
    time += 10;
    model.temperature = 40;
    const [msb, lsb] = read(model, 0xf6, 2);
    const fine = b5(decodeCoefficients(CALIBRATION_DATA_SHEET), BigInt((msb! << 8) | lsb!))!;
    assert.ok(Math.abs(Number(fine) / 160 - 10) < 0.02);
  });

  it("noise is bounded, comes from the generator given alone, and drift grows by the day", () => {
    const pressures = (seed: number): number[] => {
      const model = createBmp180Model({ now: () => time, random: createRandom(seed) });
      Object.assign(model, { noise: 50, drift: 0 });
      return Array.from({ length: 50 }, () => {
        model.write([0xf4, 0xf4]);
        time += 30;
        const [msb, lsb, xlsb] = read(model, 0xf6, 3);
        return (msb! << 16) | (lsb! << 8) | xlsb!;
      });
    };
    assert.deepEqual(pressures(7), pressures(7));
    assert.notDeepEqual(pressures(7), pressures(8));
    assert.ok(new Set(pressures(9)).size > 20);
  });

  it("each fault shows where it should", () => {
    const model = make();
    const show = (fault: Bmp180Fault | "none", register: number, quantity = 1): number[] => {
      model.fault = fault;
      return read(model, register, quantity);
    };
    model.fault = "absent";
    assert.throws(() => model.write([0xd0]), NoAcknowledge);
    assert.throws(() => model.read(1), NoAcknowledge);
    model.fault = "all-ones";
    assert.deepEqual(read(model, 0xd0, 2), [0xff, 0xff]);
    model.fault = "all-zeros";
    assert.deepEqual(read(model, 0xd0, 2), [0, 0]);
    assert.deepEqual(show("wrong-id", 0xd0), [0x60]);
    assert.deepEqual(show("blank-calibration", 0xaa, 2), [0xff, 0xff]);
    assert.deepEqual(show("zero-calibration", 0xbe, 2), [0, 0]);
    assert.deepEqual(show("cut-calibration", 0xbc, 4), [0xdd, 0xf9, 0xff, 0xff]);
    assert.deepEqual(show("data-ones", 0xf6, 3), [255, 255, 255]);
    assert.deepEqual(show("data-zeros", 0xf6, 3), [0, 0, 0]);
    model.fault = "stuck-converting";
    model.write([0xf4, 0x2e]);
    time += 100;
    assert.deepEqual(read(model, 0xf4, 3), [0x2e, 0, 0x80]);
    assert.deepEqual(show("no-data", 0xf4, 3), [0x0e, 0, 0x80]);
    model.fault = "none";
    model.powerCycle();
    assert.throws(() => model.read(1), NoAcknowledge);
  });

  it("a calibration of another length is refused", () => {
    assert.throws(() => createBmp180Model({ now: () => time, calibration: [1, 2, 3] }), RangeError);
  });
});
