import assert from "node:assert/strict";
import { NoAcknowledge } from "../../../sim/bus.ts";
import { COEFFICIENTS_SYNTHETIC, createDps310Model } from "../../../sim/devices/dps310.ts";
import type { Dps310Fault, Dps310Model, Dps310ModelOptions } from "../../../sim/devices/dps310.ts";
import {
  decodeCoefficients,
  encodeCoefficients,
  exactPressure,
} from "../../../sim/devices/dps310-polynomial.ts";

describe("DPS310 model: the polynomial", () => {
  const coefficients = decodeCoefficients(COEFFICIENTS_SYNTHETIC);

  it("gives the synthetic pressures of facts", () => {
    assert.ok(Math.abs(exactPressure(coefficients, -188744, 524288, 154665, 524288) - 99801.47) < 0.002);
    assert.ok(Math.abs(exactPressure(coefficients, -560000, 1572864, 154665, 524288) - 99613.826) < 0.002);
  });

  it("coefficients are encoded as they are decoded", () => {
    const numbers = Object.fromEntries(Object.entries(coefficients).map(([name, c]) => [name, Number(c)]));
    assert.deepEqual(
      encodeCoefficients(numbers as Parameters<typeof encodeCoefficients>[0]),
      COEFFICIENTS_SYNTHETIC,
    );
  });
});

describe("DPS310 model: registers", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (options: Omit<Dps310ModelOptions, "now"> = {}): Dps310Model =>
    createDps310Model({ now: () => time, ...options });
  function read(model: Dps310Model, register: number, quantity = 1): number[] {
    model.write([register]);
    return model.read(quantity);
  }
  const raw24 = (data: number[]): number => ((data[0]! << 24) >> 8) | (data[1]! << 8) | data[2]!;
  const CORRECT = [0x0e, 0xa5, 0x0f, 0x96, 0x62, 0x02, 0x0e, 0x00, 0x0f, 0x00];

  it("after a reset: id 10, no data, ready, and the source of a DPS310's coefficients", () => {
    const model = make();
    assert.deepEqual(read(model, 0x0d), [0x10]);
    assert.deepEqual(read(model, 0x00, 10), [0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0]);
    assert.deepEqual(read(model, 0x10, 18), COEFFICIENTS_SYNTHETIC);
    assert.deepEqual(read(model, 0x28), [0x80]);
    assert.deepEqual(read(make({ isExternal: false }), 0x28), [0]);
    assert.deepEqual(read(make({ chip: "spl06" }), 0x28), [0]);
    assert.deepEqual(read(model, 0x40, 3), [0, 0, 0]);
  });

  it("a reset: no answer for 2.5 ms, the sensor after 12, the coefficients after 40; settings are gone", () => {
    for (const begin of [
      (model: Dps310Model) => model.write([0x0c, 0x89]),
      (model: Dps310Model) => model.powerCycle(),
    ]) {
      const model = make();
      model.write([0x06, 0x71, 0x07, 0xf2, 0x09, 0x0c]);
      assert.deepEqual([...read(model, 0x06, 2), ...read(model, 0x09)], [0x71, 0xf2, 0x0c]);
      begin(model);
      assert.throws(() => model.read(1), NoAcknowledge);
      time += 2.5;
      assert.deepEqual(read(model, 0x06, 4), [0, 0, 0, 0]);
      assert.deepEqual(read(model, 0x10, 2), [0, 0]);
      time += 9.5;
      assert.deepEqual(read(model, 0x08), [0x40]);
      time += 27.9;
      assert.deepEqual(read(model, 0x08), [0x40]);
      time += 0.2;
      assert.deepEqual(read(model, 0x08), [0xc0]);
      assert.deepEqual(read(model, 0x10, 2), COEFFICIENTS_SYNTHETIC.slice(0, 2));
    }
  });

  it("any other word in the reset register does nothing; id, data and coefficients cannot be written", () => {
    const model = make();
    model.write([0x06, 0x71, 0x0c, 0x08]);
    assert.deepEqual(read(model, 0x06), [0x71]);
    for (const register of [0x00, 0x05, 0x0d, 0x10, 0x21, 0x28, 0x40]) {
      const before = read(model, register);
      model.write([register, 0x5a]);
      assert.deepEqual(read(model, register), before);
    }
  });

  it("a command lasts 8 % longer than the data sheet says, then its quantity is ready until it is read", () => {
    [3.6, 5.2, 8.4, 14.8, 27.6, 53.2, 104.4, 206.8].forEach((ms, n) => {
      for (const [command, register, data, ready] of [
        [1, 0x06, 0x00, 0x10],
        [2, 0x07, 0x03, 0x20],
      ] as const) {
        const model = make();
        model.write([0x09, n > 3 ? 0x0c : 0, register, n, 0x08, command]);
        assert.deepEqual(read(model, 0x08), [0xc0 | command]);
        time += 1.08 * ms - 0.001;
        assert.deepEqual(read(model, 0x08), [0xc0 | command]);
        time += 0.002;
        assert.deepEqual(read(model, 0x08), [0xc0 | ready]);
        assert.notDeepEqual(read(model, data, 3), [0, 0, 0]);
        assert.deepEqual(read(model, 0x08), [0xc0]);
      }
    });
  });

  it("command 0 ends a conversion, 3 and 4 are none, and 7 measures both again and again", () => {
    const model = make();
    for (const command of [0, 3, 4]) {
      model.write([0x08, 1, 0x08, command]);
      time += 100;
      assert.deepEqual(read(model, 0x00, 3), [0, 0, 0]);
    }
    model.write([0x08, 7]);
    for (let i = 0; i < 3; i++) {
      time += 86_400_000;
      assert.deepEqual(read(model, 0x08), [0xf7]);
      read(model, 0x00, 6);
    }
  });

  it("the temperature is wrong until it is corrected, and from the thermometer that the coefficients are not for", () => {
    const temperature = (options: Omit<Dps310ModelOptions, "now">, ...writes: number[][]): number => {
      const model = make(options);
      for (const data of writes) model.write(data);
      model.write([0x08, 2]);
      time += 10;
      return 102 - (261 * raw24(read(model, 0x03, 3))) / 524288;
    };
    const near = (value: number, expected: number): void =>
      assert.ok(Math.abs(value - expected) < 0.01, String(value));
    near(temperature({}, [0x07, 0x80], CORRECT), 20);
    near(temperature({}, [0x07, 0x80]), 55);
    near(temperature({}, [0x07, 0x80], [0x62, 0x02]), 55);
    near(temperature({}, [0x07, 0x00], CORRECT), 35);
    near(temperature({ isExternal: false }, [0x07, 0x00], CORRECT), 20);
    near(temperature({ chip: "spl06" }, [0x07, 0x80]), 20);
  });

  it("above 8 conversions a result without its shift does not fit, and below a shift takes six bits", () => {
    const raw = (n: number, shift: number): number => {
      const model = make({ chip: "spl06" });
      model.write([0x07, 0x80 | n, 0x09, shift, 0x08, 2]);
      time += 300;
      return raw24(read(model, 0x03, 3));
    };
    const t = (20 - 102) / -261;
    assert.equal(raw(4, 8), Math.round(t * 253952));
    assert.equal(raw(7, 8), Math.round(t * 2088960));
    assert.notEqual(raw(7, 0), Math.round(t * 2088960 * 64));
    assert.equal(raw(0, 0), Math.round(t * 524288));
    assert.equal(raw(0, 8), Math.round(t * 8192));
  });

  it("each fault shows where it should", () => {
    const model = make();
    const show = (fault: Dps310Fault | "none", register: number, quantity = 1): number[] => {
      model.fault = fault;
      return read(model, register, quantity);
    };
    model.fault = "absent";
    assert.throws(() => model.write([0x0d]), NoAcknowledge);
    assert.throws(() => model.read(1), NoAcknowledge);
    assert.deepEqual(show("wrong-id", 0x0d), [0x11]);
    assert.deepEqual(show("blank-calibration", 0x10, 2), [255, 255]);
    assert.deepEqual(show("zero-calibration", 0x20, 2), [0, 0]);
    assert.deepEqual(show("stuck-starting", 0x08), [0x40]);
    assert.deepEqual(show("data-ones", 0x00, 6), Array(6).fill(255));
    model.fault = "stuck-converting";
    model.write([0x08, 1]);
    time += 1000;
    assert.deepEqual(read(model, 0x08), [0xc1]);
    assert.deepEqual(show("no-data", 0x08), [0xd0]);
    assert.deepEqual(read(model, 0x00, 3), [0, 0, 0]);
    assert.deepEqual(show("none", 0x0d), [0x10]);
  });

  it("coefficients of another length are refused", () => {
    assert.throws(() => make({ coefficients: [1] }), RangeError);
  });
});
