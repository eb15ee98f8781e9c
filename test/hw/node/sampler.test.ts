import assert from "node:assert/strict";
import { sampleDue, settle as settleAt } from "../../../hw/node/sampler.ts";
import type { AnswerHandler, NamedSensor } from "../../../hw/node/sampler.ts";
import type { Fault, Reading, SampleCallback } from "../../../hw/sensors/sensor.ts";

const settle = (named: NamedSensor, fault: Fault | null, reading?: Reading): string =>
  settleAt(named, 0, fault, reading);

/** A sensor that answers when the test says so. */
interface TestSensor extends NamedSensor {
  /** Samples under way. */
  asked: SampleCallback[];
  closed: number;
  answer(fault: Fault | null, reading?: Reading): void;
}

function createSensor(name: string, due: number, period = 60): TestSensor {
  const asked: SampleCallback[] = [];
  const sensor: TestSensor = {
    asked,
    closed: 0,
    _name: name,
    _period: period,
    _due: due,
    _busy: 0,
    _sensor: {
      configure: () => undefined,
      close: () => void sensor.closed++,
      sample: (callback) => void asked.push(callback),
    },
    answer(fault, reading) {
      const callback = asked.shift();
      assert.ok(callback, `${name} was not asked`);
      callback(fault, reading);
    },
  };
  return sensor;
}

/** What was told: `name` and `name!` when it was news. */
function createLog(): { log: string[]; done: AnswerHandler } {
  const log: string[] = [];
  return {
    log,
    done(named, fault, reading) {
      const before = named._fault;
      settle(named, fault, reading);
      log.push(`${named._name} ${named._fault ?? "good"}${named._fault === before ? "" : "!"}`);
    },
  };
}

function pass(sensors: TestSensor[], done: AnswerHandler, seconds = 1): void {
  for (let second = 0; second < seconds; second++) {
    for (const sensor of sensors) {
      sensor._due--;
      if (sensor._busy) sensor._busy++;
    }
    sampleDue(sensors, done);
  }
}

describe("the sampler", () => {
  it("begins one sample a second, each in its sensor's own period", () => {
    const sensors = [createSensor("a", 1), createSensor("b", 1, 10)];
    const { log, done } = createLog();
    pass(sensors, done);
    assert.deepEqual([sensors[0]!.asked.length, sensors[1]!.asked.length], [1, 0]);
    pass(sensors, done);
    assert.equal(sensors[1]!.asked.length, 1);
    sensors.forEach((sensor) => sensor.answer(null, { temperature: 1 }));
    pass(sensors, done, 9);
    assert.deepEqual([sensors[0]!.asked.length, sensors[1]!.asked.length], [0, 0]);
    pass(sensors, done);
    assert.deepEqual([sensors[0]!.asked.length, sensors[1]!.asked.length], [0, 1]);
    assert.deepEqual(log, ["a good", "b good"]);
  });

  it("tells a fault once, another one, and that it healed", () => {
    const sensors = [createSensor("a", 1, 1)];
    const { log, done } = createLog();
    for (const fault of ["crc", "crc", "absent", null, null] as const) {
      pass(sensors, done);
      sensors[0]!.answer(fault, fault ? undefined : { temperature: 1 });
    }
    assert.deepEqual(log, ["a crc!", "a crc", "a absent!", "a good!", "a good"]);
  });

  it("has no reading after a fault", () => {
    const [sensor] = [createSensor("a", 1, 1)];
    const told: string[] = [];
    const done: AnswerHandler = (...answer) => void told.push(settle(...answer));
    pass([sensor], done);
    sensor.answer(null, { temperature: 1 });
    pass([sensor], done);
    sensor.answer("crc");
    assert.deepEqual(told, ['"temperature":1', ""]);
  });

  for (const period of [1, 60]) {
    it(`lets a sensor that hangs delay no other, and gives it up (period ${period})`, () => {
      const sensors = [createSensor("hangs", 1, period), createSensor("works", 2, period)];
      const { log, done } = createLog();
      pass(sensors, done, 2);
      sensors[1]!.answer(null, { temperature: 1 });
      assert.deepEqual(log, ["works good"]);
      for (let second = 0; second < 15; second++) {
        pass(sensors, done);
        while (sensors[1]!.asked.length) sensors[1]!.answer(null, { temperature: 1 });
      }
      assert.ok(log.includes("hangs not-ready!"), log.join());
      assert.equal(sensors[0]!.closed, 1);
    });
  }

  it("lets none that is always due keep the others from their turn", () => {
    const sensors = [createSensor("a", 1, 1), createSensor("b", 1, 5), createSensor("c", 1, 5)];
    const begun: string[] = [];
    for (let second = 0; second < 20; second++) {
      pass(sensors, settle);
      for (const sensor of sensors)
        while (sensor.asked.length) {
          begun.push(sensor._name);
          sensor.answer(null, { temperature: 1 });
        }
    }
    const count = (name: string): number => begun.filter((one) => one === name).length;
    assert.ok(count("b") >= 3 && count("c") >= 3 && begun.length === 20, begun.join(""));
  });
});
