import assert from "node:assert/strict";
import { createDs18b20Model } from "../../../sim/devices/ds18b20.ts";
import type { Ds18b20Model, Ds18b20ModelOptions } from "../../../sim/devices/ds18b20.ts";

/** A master that keeps the data sheet's times exactly, in ms. */
describe("DS18B20 model: waveform", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (options: Partial<Ds18b20ModelOptions> = {}): Ds18b20Model =>
    createDs18b20Model({ now: () => time, ...options });

  const wait = (microseconds: number): void => void (time += microseconds / 1000);
  const pull = (model: Ds18b20Model, level: 0 | undefined): void => model.driven!(level, time);
  const isLow = (model: Ds18b20Model): boolean => model.drives!(time) === 0;

  function reset(model: Ds18b20Model, low = 480): boolean {
    pull(model, 0);
    wait(low);
    pull(model, undefined);
    wait(70);
    const answer = isLow(model);
    wait(410);
    return answer;
  }

  function slot(model: Ds18b20Model, low: number, total = 65): boolean {
    pull(model, 0);
    wait(low);
    pull(model, undefined);
    wait(14 - Math.min(low, 13));
    const level = !isLow(model);
    wait(total - Math.max(low, 14));
    return level;
  }

  const write = (model: Ds18b20Model, ...bytes: number[]): void => {
    for (const byte of bytes) for (let bit = 0; bit < 8; bit++) slot(model, (byte >> bit) & 1 ? 6 : 60);
  };
  const read = (model: Ds18b20Model, count: number): number[] =>
    Array.from({ length: count }, () =>
      Array.from({ length: 8 }, (_, bit) => Number(slot(model, 2)) << bit).reduce((sum, bit) => sum + bit, 0),
    );
  const scratchpad = (model: Ds18b20Model): string => {
    reset(model);
    write(model, 0xcc, 0xbe);
    return Buffer.from(read(model, 9)).toString("hex").toUpperCase();
  };
  const convert = (model: Ds18b20Model, ms = 750): void => {
    reset(model);
    write(model, 0xcc, 0x44);
    wait(ms * 1000);
  };

  it("answers a reset of 480 µs, 60 µs after it and for 60 µs; a shorter one is none", () => {
    const model = make();
    assert.equal(reset(model, 470), false);
    pull(model, 0);
    wait(480);
    pull(model, undefined);
    for (const [after, low] of [
      [59, false],
      [2, true],
      [58, true],
      [2, false],
    ] as const) {
      wait(after);
      assert.equal(isLow(model), low);
    }
  });

  it("says 0 for 15 µs of a read slot and no longer", () => {
    const model = make();
    reset(model);
    write(model, 0x33);
    for (let bit = 0; bit < 3; bit++) slot(model, 2);
    assert.equal(slot(model, 2), true, "0x28 has its first 1 in bit 3");
    pull(model, 0);
    wait(2);
    pull(model, undefined);
    wait(12.9);
    assert.equal(isLow(model), true);
    wait(0.2);
    assert.equal(isLow(model), false);
  });

  it("has 85 °C, 0C and its EEPROM after power-on, and the data sheet's table 1 after conversions", () => {
    const model = make();
    assert.equal(scratchpad(model), "50054B467FFF0C101C");
    for (const [temperature, hex] of [
      [125, "D0074B467FFF101055"],
      [85, "50054B467FFF1010BD"],
      [25.0625, "91014B467FFF0F1025"],
      [0, "00004B467FFF101069"],
      [-0.5, "F8FF4B467FFF0810F8"],
      [-25.0625, "6FFE4B467FFF011061"],
      [-55, "90FC4B467FFF1010EE"],
    ] as const) {
      model.temperature = temperature;
      convert(model);
      assert.equal(scratchpad(model), hex);
    }
  });

  it("a DS18S20 has the data sheet's registers", () => {
    const model = make({ id: [0x10, 0, 0, 0, 0, 0, 0] });
    for (const [temperature, low, high, remain] of [
      [25.0625, "32", "00", "0B"],
      [-10.125, "EC", "FF", "0E"],
      [-55, "92", "FF", "0C"],
      [125, "FA", "00", "0C"],
    ] as const) {
      model.temperature = temperature;
      convert(model);
      assert.match(scratchpad(model), new RegExp(`^${low}${high}4B46FFFF${remain}10`));
    }
  });

  it("sends zeros while it converts, for as long as its resolution takes, and keeps the old value until then", () => {
    const model = make();
    for (const [config, ms] of [
      [0x1f, 93.75],
      [0x3f, 187.5],
      [0x5f, 375],
      [0x7f, 750],
    ] as const) {
      model.temperature = 20;
      convert(model);
      reset(model);
      write(model, 0xcc, 0x4e, 1, 2, config);
      reset(model);
      write(model, 0xcc, 0x44);
      const startedAt = time;
      model.temperature = 30;
      assert.equal(slot(model, 2), false);
      time = startedAt + ms - 7;
      assert.match(scratchpad(model), /^4.01/);
      time = startedAt + ms + 0.1;
      assert.match(scratchpad(model), /^E.010102/);
    }
  });

  it("bits below the resolution are ones", () => {
    const model = make({ eeprom: [0, 0, 0x1f] });
    convert(model);
    assert.match(scratchpad(model), /^4701/);
  });

  it("settings live until power goes, and longer when they were copied", () => {
    const model = make();
    reset(model);
    write(model, 0xcc, 0x4e, 125, 201, 0x3f);
    assert.match(scratchpad(model), /^50057DC93F/);
    model.powerCycle();
    assert.match(scratchpad(model), /^50054B467F/);
    reset(model);
    write(model, 0xcc, 0x4e, 125, 201, 0x3f);
    reset(model);
    write(model, 0xcc, 0x48);
    model.powerCycle();
    assert.match(scratchpad(model), /^50057DC93F/);
  });

  it("a part on the line's power converts under a strong pull-up only, and answers nothing meanwhile", () => {
    const model = make({ parasite: true });
    convert(model);
    assert.match(scratchpad(model), /^5005/);
    reset(model);
    write(model, 0xcc, 0x44);
    model.driven!(1, time);
    wait(750_000);
    pull(model, undefined);
    assert.match(scratchpad(model), /^4001/);
    reset(model);
    write(model, 0xcc, 0xb4);
    assert.equal(slot(model, 2), false);
  });

  it("takes part in an alarm search when it lies at or beyond its limits", () => {
    const model = make();
    for (const [temperature, rings] of [
      [20, false],
      [0x4b, true],
      [-10, true],
    ] as const) {
      reset(model);
      write(model, 0xcc, 0x4e, 0x4b, 0xf6, 0x7f);
      model.temperature = temperature;
      convert(model);
      reset(model);
      write(model, 0xec);
      const [bit, complement] = [slot(model, 2), slot(model, 2)];
      assert.equal(bit && complement, !rings);
    }
  });

  it("counts slots that are out of their times", () => {
    const model = make();
    reset(model);
    slot(model, 30);
    assert.equal(model.violations, 1);
    slot(model, 6, 40);
    slot(model, 6);
    assert.equal(model.violations, 2);
  });

  it("hears nothing that is not for it", () => {
    const model = make();
    reset(model);
    write(model, 0x55, 0x28, 0, 0, 0, 0, 0, 2, 0, 0xbe);
    assert.deepEqual(read(model, 2), [255, 255]);
    write(model, 0xcc, 0xbe);
    assert.deepEqual(read(model, 2), [255, 255], "a command counts after a reset only");
  });
});
