import assert from "node:assert/strict";
import { sampleAll } from "../../hw/sampler.ts";
import type { NamedSensor } from "../../hw/sampler.ts";
import type { Fault, Reading, SampleCallback } from "../../hw/sensors/sensor.ts";

/** A sensor that answers when the test says so. */
interface TestSensor extends NamedSensor {
  /** Samples under way. */
  asked: SampleCallback[];
  answer(fault: Fault | null, reading?: Reading): void;
}

function createSensor(name: string): TestSensor {
  const asked: SampleCallback[] = [];
  return {
    name,
    asked,
    sensor: {
      configure: () => undefined,
      close: () => undefined,
      sample: (callback) => void asked.push(callback),
    },
    answer(fault, reading) {
      const callback = asked.shift();
      assert.ok(callback, `${name} was not asked`);
      callback(fault, reading);
    },
  };
}

/** Sensors by these names, and a round of samples that tells what happened, one line each. */
function createRound(...names: string[]) {
  const sensors = names.map(createSensor);
  const log: string[] = [];
  return {
    sensors,
    log,
    sample(): void {
      log.length = 0;
      sampleAll(
        sensors,
        ({ name }, fault) => log.push(`${name} ${fault}`),
        () =>
          log.push(
            sensors.map(({ name, reading }) => `${name}=${reading?.["temperature"] ?? "-"}`).join(" "),
          ),
      );
    },
  };
}

const at = (temperature: number): Reading => ({ temperature });

describe("a round of samples", () => {
  it("asks all sensors at once", () => {
    const { sensors, sample } = createRound("a", "b", "c");
    sample();
    assert.deepEqual(
      sensors.map(({ asked }) => asked.length),
      [1, 1, 1],
    );
  });

  it("is done once, when the last has answered, in whatever order they do", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { sensors, log, sample } = createRound("a", "b", "c");
      sample();
      order.forEach((index, answered) => {
        assert.deepEqual(log, [], `done after ${answered}`);
        sensors[index]!.answer(null, at(index));
      });
      assert.deepEqual(log, ["a=0 b=1 c=2"]);
    }
  });

  it("waits for a slow sensor and keeps what the others gave", () => {
    const { sensors, log, sample } = createRound("slow", "fast");
    sample();
    sensors[1]!.answer(null, at(2));
    assert.deepEqual(log, []);
    assert.deepEqual(sensors[1]!.reading, at(2));
    sensors[0]!.answer(null, at(1));
    assert.deepEqual(log, ["slow=1 fast=2"]);
  });

  it("is done when all answer at once, and when all fail", () => {
    const { sensors, log, sample } = createRound("a", "b");
    sample();
    sensors.forEach((sensor) => sensor.answer("absent"));
    assert.deepEqual(log, ["a absent", "b absent", "a=- b=-"]);
  });

  it("is done also when a sensor answers from inside the call", () => {
    const { sensors, log, sample } = createRound("hasty", "b");
    sensors[0]!.sensor.sample = (callback) => callback(null, at(1));
    sample();
    assert.deepEqual(log, []);
    sensors[1]!.answer(null, at(2));
    assert.deepEqual(log, ["hasty=1 b=2"]);
  });

  it("can follow another from within its end", () => {
    const { sensors } = createRound("a");
    let rounds = 0;
    const again = (): void =>
      sampleAll(
        sensors,
        () => undefined,
        () => ++rounds < 3 && again(),
      );
    again();
    for (let round = 0; round < 3; round++) sensors[0]!.answer(null, at(round));
    assert.equal(rounds, 3);
    assert.equal(sensors[0]!.asked.length, 0);
  });
});

describe("a failing sensor", () => {
  it("has no reading, not that of before either, and costs the others nothing", () => {
    const { sensors, log, sample } = createRound("bad", "good");
    sample();
    sensors.forEach((sensor, index) => sensor.answer(null, at(index)));
    sample();
    sensors[0]!.answer("crc");
    sensors[1]!.answer(null, at(7));
    assert.deepEqual(log, ["bad crc", "bad=- good=7"]);
  });

  it("is reported when its fault comes, changes and goes, and at no other time", () => {
    const { sensors, log, sample } = createRound("s");
    const reports: string[][] = [];
    const faults: Array<Fault | null> = [
      null,
      null,
      "absent",
      "absent",
      "absent",
      "crc",
      "crc",
      null,
      null,
      "absent",
    ];
    for (const fault of faults) {
      sample();
      sensors[0]!.answer(fault, fault ? undefined : at(1));
      reports.push(log.slice(0, -1));
    }
    assert.deepEqual(
      reports.map((lines) => lines.join()),
      ["", "", "s absent", "", "", "s crc", "", "s null", "", "s absent"],
    );
  });

  it("is reported in its first round", () => {
    const { sensors, log, sample } = createRound("s");
    sample();
    sensors[0]!.answer("wrong-id");
    assert.deepEqual(log, ["s wrong-id", "s=-"]);
  });

  it("is not reported before a first good sample, which is what is expected", () => {
    const { sensors, log, sample } = createRound("s");
    sample();
    sensors[0]!.answer(null, at(1));
    assert.deepEqual(log, ["s=1"]);
  });

  it("has its reports apart from those of other sensors", () => {
    const { sensors, log, sample } = createRound("a", "b");
    sample();
    sensors[0]!.answer("absent");
    sensors[1]!.answer("absent");
    sample();
    sensors[0]!.answer("absent");
    sensors[1]!.answer(null, at(1));
    assert.deepEqual(log, ["b null", "a=- b=1"]);
  });
});
