import assert from "node:assert/strict";
import { NoAcknowledge } from "../../../sim/bus.ts";
import { createMs5611Model, PROM_MS5607, PROM_MS5611 } from "../../../sim/devices/ms5611.ts";
import type { Ms5611Fault, Ms5611Model } from "../../../sim/devices/ms5611.ts";
import { checksum, integerPressure, integerTemperature } from "../../../sim/devices/ms5611-integer.ts";

describe("MS5611 model: the data sheets' integers", () => {
  const ms5611 = PROM_MS5611.map(BigInt);
  const ms5607 = PROM_MS5607.map(BigInt);

  it("MS5611's example: 2007, 100009", () => {
    assert.equal(integerTemperature(ms5611, 8569150n), 2007n);
    assert.equal(integerPressure("ms5611", ms5611, 8569150n, 9085466n), 100009n);
  });

  it("MS5607's example: 2000, 110002", () => {
    assert.equal(integerTemperature(ms5607, 8077636n), 2000n);
    assert.equal(integerPressure("ms5607", ms5607, 8077636n, 6465444n), 110002n);
  });

  it("Betaflight's second order: 205, 96512", () => {
    assert.equal(integerTemperature(ms5611, 8069150n), 205n);
    assert.equal(integerPressure("ms5611", ms5611, 8069150n, 9085466n), 96512n);
  });

  it("AN520's example has the checksum B", () => {
    assert.equal(checksum([0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x450b]), 0xb);
  });
});

describe("MS5611 model: commands", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (): Ms5611Model => createMs5611Model({ now: () => time });
  function send(model: Ms5611Model, command: number, quantity: number): number[] {
    model.write([command]);
    return model.read(quantity);
  }
  const adc = (model: Ms5611Model): number => send(model, 0x00, 3).reduce((sum, byte) => 256 * sum + byte, 0);
  const word = (model: Ms5611Model, index: number): number =>
    send(model, 0xa0 + 2 * index, 2).reduce((sum, byte) => 256 * sum + byte, 0);

  it("has its PROM at A0…AE, with a right checksum", () => {
    const model = make();
    const words = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => word(model, index));
    assert.deepEqual(words.slice(0, 7), PROM_MS5611.slice(0, 7));
    assert.equal(words[7]! & 0xfff0, 0x1230);
    assert.equal(words[7]! & 15, checksum(words));
    assert.deepEqual(send(model, 0xa2, 4).slice(2), [0, 0]);
  });

  it("a reset takes 2.8 ms without acknowledgement, and so does a return of power; either ends a conversion", () => {
    for (const begin of [
      (model: Ms5611Model) => model.write([0x1e]),
      (model: Ms5611Model) => model.powerCycle(),
    ]) {
      const model = make();
      model.write([0x48]);
      begin(model);
      assert.throws(() => model.read(1), NoAcknowledge);
      time += 2.79;
      assert.throws(() => model.write([0]), NoAcknowledge);
      time += 10;
      assert.equal(adc(model), 0);
    }
  });

  it("a conversion takes as long as it may; its result can be read once", () => {
    [0.6, 1.17, 2.28, 4.54, 9.04].forEach((ms, n) => {
      for (const command of [0x40 + 2 * n, 0x50 + 2 * n]) {
        const model = make();
        model.write([command]);
        time += ms - 0.001;
        assert.equal(adc(model), 0);
        time += 20;
        model.write([command]);
        time += ms + 0.001;
        assert.notEqual(adc(model), 0);
        assert.equal(adc(model), 0);
      }
    });
  });

  it("a result asked for too early is 0, and what comes then is wrong; so is one begun during another", () => {
    const model = make();
    model.write([0x58]);
    time += 10;
    const right = adc(model);
    model.write([0x58]);
    time += 5;
    assert.equal(adc(model), 0);
    time += 5;
    assert.notEqual(adc(model), right);
    model.write([0x48]);
    model.write([0x58]);
    time += 10;
    assert.notEqual(adc(model), right);
    model.write([0x58]);
    time += 10;
    assert.equal(adc(model), right);
  });

  it("what is no command is passed over, and nothing is read without one", () => {
    const model = make();
    for (const command of [0x41, 0x4a, 0x60, 0x30, 0xff]) {
      model.write([command]);
      time += 10;
      assert.equal(adc(model), 0);
    }
    assert.deepEqual(send(model, 0x77, 2), [0, 0]);
    model.write([]);
  });

  it("each fault shows where it should", () => {
    const model = make();
    const show = (fault: Ms5611Fault | "none", index: number): number => {
      model.fault = fault;
      return word(model, index);
    };
    model.fault = "absent";
    assert.throws(() => model.write([0xa0]), NoAcknowledge);
    assert.throws(() => model.read(1), NoAcknowledge);
    assert.equal(show("blank-prom", 3), 0xffff);
    assert.equal(show("zero-prom", 3), 0);
    assert.equal(show("flipped-bit", 3), PROM_MS5611[3]! ^ 0x0100);
    model.fault = "stuck-converting";
    model.write([0x48]);
    time += 1000;
    assert.equal(adc(model), 0);
    model.fault = "data-ones";
    assert.equal(adc(model), 0xffffff);
    assert.equal(show("none", 3), PROM_MS5611[3]);
  });

  it("a PROM of another length is refused", () => {
    assert.throws(() => createMs5611Model({ now: () => time, prom: [1] }), RangeError);
  });
});
