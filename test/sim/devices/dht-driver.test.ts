import assert from "node:assert/strict";
import type { Fault, Reading } from "../../../hw/sensors/sensor.ts";
import { createDhtModel } from "../../../sim/devices/dht.ts";
import type { DhtFault, DhtModel, DhtModelOptions } from "../../../sim/devices/dht.ts";
import { createSensorRig } from "../../support/sensor-rig.ts";
import type { SensorRig } from "../../support/sensor-rig.ts";
import { KINDS } from "../support.ts";

describe("DHT22 and DHT11 driver on the model", () => {
  let rig: SensorRig;
  let models: DhtModel[];
  afterEach(() => rig.close());

  /** Parts on D4, D5 …: `sensor` and `sensor1` …; \`options\` is the driver's word for the part. */
  async function start(
    kind: (typeof KINDS)[number],
    parts: Partial<DhtModelOptions>[] = [{}],
    options = parts.map(({ part = "dht22" }) => part),
  ): Promise<void> {
    rig = await createSensorRig(
      kind,
      "dht22",
      (board, world) => {
        models = parts.map((part) => createDhtModel({ now: () => world.clock.now(), ...part }));
        models.forEach((model, index) => board.pins.wire("D" + (4 + index)).attach(model));
      },
      options
        .map((part, index) => {
          const pin = `new Pin("D${4 + index}")`;
          return `var sensor${index || ""} = driver.createDht22({ pin: ${pin}, part: "${part}" });`;
        })
        .join(""),
    );
  }

  const near = (outcome: Reading | Fault, temperature: number, humidity: number): void => {
    assert.ok(typeof outcome === "object", JSON.stringify(outcome));
    assert.ok(Math.abs(outcome["temperature"]! - temperature) < 1e-9, JSON.stringify(outcome));
    assert.ok(Math.abs(outcome["humidity"]! - humidity) < 1e-9, JSON.stringify(outcome));
  };

  for (const kind of KINDS) {
    it(`DHT22: reads the truth over its range, as it is and not as it was (${kind})`, async () => {
      await start(kind);
      for (const [temperature, humidity] of [
        [20, 50],
        [26.9, 65.8],
        [-10.1, 40],
        [-40, 0.1],
        [80, 100],
        [-0.1, 99.9],
        [0, 12.3],
      ] as const) {
        Object.assign(models[0]!, { temperature, humidity });
        near(await rig.sample(), temperature, humidity);
      }
    });

    it(`DHT11: reads the truth over its range (${kind})`, async () => {
      await start(kind, [{ part: "dht11" }]);
      for (const [temperature, humidity] of [
        [24.4, 53],
        [24, 53],
        [0, 20],
        [-5.5, 90],
        [50, 95],
      ] as const) {
        Object.assign(models[0]!, { temperature, humidity });
        near(await rig.sample(), temperature, humidity);
      }
    });

    it(`reads parts that are a tenth slow or fast, and copies with two's complement (${kind})`, async () => {
      for (const [stretch, clone] of [
        [0.9, false],
        [1.1, false],
        [1, true],
      ] as const) {
        await start(kind, [{ stretch, clone }]);
        Object.assign(models[0]!, { temperature: -18, humidity: 51.1 });
        near(await rig.sample(), -18, 51.1);
      }
    });

    it(`two parts sampled at once take turns (${kind})`, async () => {
      await start(kind, [{}, { part: "dht11" }]);
      Object.assign(models[0]!, { temperature: 1.5, humidity: 30 });
      Object.assign(models[1]!, { temperature: 40, humidity: 80 });
      const [one, other] = await rig.sampleAll(["sensor", "sensor1"]);
      near(one!, 1.5, 30);
      near(other!, 40, 80);
      assert.deepEqual(
        models.map(({ answers }) => answers),
        [2, 2],
        "nobody had to try again",
      );
    });
  }

  const faults: [DhtFault, Fault][] = [
    ["absent", "absent"],
    ["bit-flip", "crc"],
    ["all-zeros", "no-data"],
    ["all-ones", "out-of-range"],
    ["truncated", "no-data"],
    ["glitch", "no-data"],
  ];
  for (const [cause, fault] of faults) {
    it(`${cause} is ${fault}, at first and after good samples, within 9 s, and heals`, async () => {
      await start("ESP8266");
      for (let i = 0; i < 2; i++) {
        models[0]!.fault = cause;
        const startedAt = rig.world.clock.now();
        assert.equal(await rig.sample(), fault);
        assert.ok(rig.world.clock.now() - startedAt < 9000);
        models[0]!.fault = "none";
        near(await rig.sample(), 20, 50);
      }
    });
  }

  it("a line that is held low is short, one held high absent, and both heal", async () => {
    await start("ESP32");
    for (const [level, fault] of [
      [0, "short"],
      [1, "absent"],
    ] as const) {
      rig.board.pins.wire("D4").stuck = level;
      assert.equal(await rig.sample(), fault);
      rig.board.pins.wire("D4").stuck = undefined;
      near(await rig.sample(), 20, 50);
    }
  });

  it("the other part is wrong-id, either way round", async () => {
    for (const [is, said] of [
      ["dht11", "dht22"],
      ["dht22", "dht11"],
    ] as const) {
      await start("ESP32", [{ part: is }], [said]);
      // A DHT22 takes the long start of a DHT11, a DHT11 not that of a DHT22.
      assert.equal(await rig.sample(), is === "dht22" ? "wrong-id" : "absent");
    }
  });

  it("a part that loses power in the middle gives its fault or the truth", async () => {
    for (let ms = 0; ms < 2200; ms += 150) {
      await start("ESP8266");
      rig.board.evaluate(`take("sensor", sensor)`);
      await rig.world.runFor(ms);
      models[0]!.powerCycle();
      await rig.world.runFor(10_000);
      near(rig.board.evaluate("outcomes.sensor") as Reading, 20, 50);
    }
  });

  it("ESP8266: its queue of 84 is enough even if nobody looks; a shorter one loses what it loses, and says so", async () => {
    for (const [places, watchTime, lost, fault] of [
      [84, 1000, false, undefined],
      // The last edge is not needed.
      [83, 1000, true, undefined],
      [82, 1000, true, "no-data"],
      [16, 1, true, "no-data"],
      [16, 0.05, false, undefined],
    ] as const) {
      await start("ESP8266");
      Object.assign(rig.board.pins, { watchQueue: places, watchTime });
      rig.board.evaluate(`take("sensor", sensor)`);
      await rig.world.runFor(500_000);
      const outcome = rig.board.evaluate("outcomes.sensor") as Reading | Fault;
      if (fault) assert.equal(outcome, fault);
      else near(outcome, 20, 50);
      assert.equal(String(rig.board.evaluate("E.getErrorFlags().join()")).includes("FIFO_FULL"), lost);
    }
  });

  it("a pin that cannot be watched is refused at creation", async () => {
    await start("ESP8266");
    rig.board.evaluate(
      `var text; try { driver.createDht22({ pin: new Pin("D16") }); } catch (e) { text = String(e); }`,
    );
    assert.match(String(rig.board.evaluate("text")), /^pin: cannot be watched/);
  });

  it("close lets go of the line and of the watch at any moment, and the next sample reads", async () => {
    for (const ms of [0, 1, 500, 2003, 2006, 2010]) {
      await start("ESP8266");
      rig.board.evaluate(`take("sensor", sensor)`);
      await rig.world.runFor(ms);
      rig.board.evaluate("sensor.close(); sensor.close()");
      await rig.world.runFor(5000);
      assert.equal(rig.board.evaluate("outcomes.sensor"), undefined);
      near(await rig.sample(), 20, 50);
    }
  });

  it("a clock that jumps costs a try at most (ESP32)", async () => {
    for (const ms of [1, 1000, 2005, 2010]) {
      await start("ESP32");
      rig.board.evaluate(`take("sensor", sensor)`);
      await rig.world.runFor(ms);
      rig.board.jumpClock(100_000);
      await rig.world.runFor(10_000);
      near(rig.board.evaluate("outcomes.sensor") as Reading, 20, 50);
    }
  });
});
