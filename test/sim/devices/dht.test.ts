import assert from "node:assert/strict";
import { createDhtModel } from "../../../sim/devices/dht.ts";
import type { DhtModel, DhtModelOptions } from "../../../sim/devices/dht.ts";

describe("DHT model: waveform", () => {
  let time = 0;
  let looks: number[] = [];
  beforeEach(() => {
    time = 10_000;
  });

  function make(options: Partial<DhtModelOptions> = {}): DhtModel {
    const model = createDhtModel({ now: () => time, ...options });
    model.attached!((at) => void looks.push(at));
    return model;
  }

  /** Pulls for so many ms and gives the answer as lengths in µs, low first, from the moment of letting go. */
  function ask(model: DhtModel, low = 1): number[] {
    looks = [];
    model.driven!(0, time);
    time += low;
    model.driven!(undefined, time);
    const edges = [time, ...looks];
    looks.forEach((at, index) => {
      const expected = index % 2 ? undefined : 0;
      assert.equal(model.drives!(at), expected, "each look falls on a change");
      assert.notEqual(model.drives!(at - 0.001), expected);
    });
    time = edges.at(-1)! + 2000;
    return edges.slice(1).map((at, index) => Math.round((at - edges[index]!) * 1000));
  }

  const bytes = (lengths: number[]): string => {
    const bits = lengths.slice(3, -1).filter((_, index) => index % 2);
    const text = bits.map((length) => (length > 50 ? "1" : "0")).join("");
    return (text.match(/.{8}/g) ?? [])
      .map((byte) => parseInt(byte, 2).toString(16).padStart(2, "0"))
      .join(" ");
  };

  it("answers a start with 80 µs low and high, forty bits and a last low", () => {
    const lengths = ask(make());
    assert.equal(lengths.length, 85 - 1);
    assert.deepEqual(lengths.slice(0, 3), [40, 80, 80]);
    assert.ok(
      lengths.slice(3).every((length, index) => (index % 2 ? length === 26 || length === 70 : length === 50)),
    );
  });

  it("gives what it measured when it was asked the time before", () => {
    const model = make();
    Object.assign(model, { temperature: 26.9, humidity: 65.8 });
    assert.equal(bytes(ask(model)), "01 f4 00 c8 bd", "20 °C and 50 % at its start");
    Object.assign(model, { temperature: -10.1, humidity: 40 });
    assert.equal(bytes(ask(model)), "02 92 01 0d a2");
    assert.equal(bytes(ask(model)), "01 90 80 65 76");
  });

  it("a DHT11 has whole per cents, and wants 18 ms", () => {
    const model = make({ part: "dht11" });
    Object.assign(model, { temperature: 24.4, humidity: 53 });
    assert.deepEqual(ask(model, 17.9), []);
    time += 2000;
    ask(model, 18);
    assert.equal(bytes(ask(model, 18)), "35 00 18 04 51");
  });

  it("does not answer a shorter start, within two seconds, or in the second after power-on", () => {
    const model = make();
    assert.deepEqual(ask(model, 0.9), []);
    assert.equal(ask(model).length, 84);
    time -= 10;
    assert.deepEqual(ask(model), []);
    time += 2000;
    assert.equal(ask(model).length, 84);
    model.powerCycle();
    time += 990;
    assert.deepEqual(ask(model), []);
  });

  it("each fault shows where it should", () => {
    const answer = (fault: DhtModel["fault"]): number[] => {
      const model = make();
      model.fault = fault;
      return ask(model);
    };
    assert.deepEqual(answer("absent"), []);
    assert.equal(bytes(answer("all-zeros")), "00 00 00 00 00");
    assert.equal(bytes(answer("all-ones")), "ff ff ff ff fc");
    assert.notEqual(bytes(answer("bit-flip")), "01 f4 00 c8 bd");
    assert.equal(answer("truncated").length, 44);
    assert.equal(answer("glitch").filter((length) => length === 5).length, 1);
  });
});
