import assert from "node:assert/strict";
import type { Bme280Fault } from "../../sim/devices/bme280.ts";
import { assertUnbroken, onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

const FAULTS: ReadonlyArray<readonly [Exclude<Bme280Fault, "none">, string]> = [
  ["absent", "absent"],
  ["wrong-id", "wrong-id"],
  ["blank-calibration", "bad-calibration"],
  ["zero-calibration", "bad-calibration"],
  ["stuck-measuring", "not-ready"],
  ["stuck-copying", "not-ready"],
  ["no-data", "no-data"],
  ["all-ones", "out-of-range"],
];

/** The faults in `error`, in order. */
function faults(node: NodeBench): (string | null)[] {
  return node.payloads("error").map((payload) => {
    const { sensor, fault, ts, late, ...rest } = JSON.parse(payload) as Record<string, unknown>;
    assert.equal(sensor, "bme280");
    assert.equal(typeof ts, "number");
    assert.ok(late === undefined || late === true);
    assert.deepEqual(rest, {});
    return fault as string | null;
  });
}

onBothBoards("a sensor", (start, kind) => {
  for (const [switched, fault] of FAULTS) {
    it(`that is ${switched} at power-on is told once as ${fault}, gives no number, and heals`, async () => {
      const node = start({ config: { values: true }, on: false });
      node.sensor.fault = switched;
      node.board.powerOn();
      await node.untilOnline();
      await node.world.runFor(55_000);
      assert.deepEqual(faults(node), [fault]);
      assert.deepEqual(
        node.messages("error").map(({ qos, retain }) => [qos, retain]),
        [[1, false]],
      );
      assert.deepEqual(node.states(), []);
      assert.deepEqual(node.messages("bme280/temperature"), []);
      assert.ok(node.board.console.includes(`bme280: ${fault}`));

      node.sensor.fault = "none";
      await node.untilPublished("state", 3);
      assert.deepEqual(faults(node), [fault, null]);
      assert.ok(node.board.console.includes("bme280: healed"));
      assertUnbroken(node.states(), 10);
      assert.equal(node.states()[0]!.temperature, 20);
    });
  }

  for (const [switched, fault] of FAULTS.filter(([, name]) =>
    /absent|not-ready|no-data|out-of-range/.test(name),
  )) {
    if (switched === "stuck-copying") continue;
    it(`that becomes ${switched} in service is told once as ${fault}, gives no number, and heals`, async () => {
      const node = start();
      await node.untilPublished("state", 2);
      node.sensor.fault = switched;
      await node.world.runFor(60_000);
      assert.deepEqual(faults(node), [fault]);
      assert.equal(node.states().length, 2);
      node.sensor.fault = "none";
      await node.untilPublished("state", 2);
      assert.deepEqual(faults(node), [fault, null]);
    });
  }

  it("that is exchanged while the board runs is noticed, though all its transfers succeed", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    node.sensor.powerCycle();
    await node.world.runFor(35_000);
    assert.deepEqual(faults(node), ["power-on-value", null]);
    assert.equal(node.states().length, 4);
  });

  it("that goes from one fault to another is told of each change", async () => {
    const node = start();
    await node.untilPublished("state");
    for (const fault of ["absent", "wrong-id", "absent", "none"] as const) {
      node.sensor.fault = fault;
      await node.world.runFor(30_000);
    }
    assert.deepEqual(faults(node), ["absent", "wrong-id", "absent", null]);
  });

  it("that comes and goes every period is told of each change, and costs nothing else", async () => {
    const node = start({ config: { period: 5 } });
    await node.untilPublished("diag");
    for (let round = 0; round < 20; round++) {
      node.sensor.fault = "absent";
      await node.world.runFor(5_000);
      node.sensor.fault = "none";
      await node.world.runFor(5_000);
    }
    assert.deepEqual(
      faults(node),
      Array.from({ length: 40 }, (_, index) => (index % 2 ? null : "absent")),
    );
    assert.equal(node.server.connections.length, 1);
  });

  it("behind a bus that hangs is a fault, never a number, and comes back with the bus", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    node.board.i2c.stuck = true;
    await node.world.runFor(60_000);
    assert.equal(node.states().length, 2);
    assert.deepEqual(faults(node), kind === "ESP32" ? ["absent"] : ["power-on-value", "wrong-id"]);
    node.board.i2c.stuck = false;
    await node.untilPublished("state", 2);
    assert.equal(faults(node).at(-1), null);
    assert.equal(node.states().at(-1)!.temperature, 20);
    assert.equal(node.server.connections.length, 1);
  });

  it("whose fault came while there was no broker is told in its place among the readings", async () => {
    const node = start({ config: { queue: { bytes: 8192 } } });
    await node.untilPublished("state", 2);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(22_000);
    node.sensor.fault = "absent";
    await node.world.runFor(30_000);
    node.sensor.fault = "none";
    await node.world.runFor(20_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("diag", 1, 130_000);
    assert.deepEqual(faults(node), ["absent", null]);
    const order = node.messages().flatMap(({ topic, payload }) => {
      if (topic.endsWith("/error")) return [payload.toString().includes("null") ? "healed" : "fault"];
      return topic.endsWith("/state") ? ["reading"] : [];
    });
    const [fault, healed] = [order.indexOf("fault"), order.indexOf("healed")];
    assert.deepEqual(order.slice(fault, healed + 2), ["fault", "healed", "reading"]);
    assert.equal(fault, 4);
  });

  it("beyond what the part can measure is out-of-range, and a reading again within", async () => {
    const node = start();
    node.sensor.temperature = 84;
    await node.untilPublished("state");
    node.sensor.temperature = 90;
    await node.untilPublished("error");
    assert.deepEqual(faults(node), ["out-of-range"]);
    node.sensor.temperature = -39;
    await node.untilPublished("state");
    assert.equal(node.states().at(-1)!.temperature, -39);
  });
});

onBothBoards("two sensors", (start) => {
  it("of which one fails: the other's readings go on in the same object", async () => {
    const node = start({
      config: {
        values: true,
        sensors: [
          { type: "bme280", name: "in" },
          { type: "bme280", name: "out", address: 0x77 },
        ],
      },
    });
    await node.untilPublished("error");
    assert.deepEqual(
      node.payloads("error").map((payload) => (JSON.parse(payload) as { sensor: string }).sensor),
      ["out"],
    );
    await node.untilPublished("state");
    assert.deepEqual(Object.keys(JSON.parse(node.payloads("state").at(-1)!) as object), ["in", "ts"]);
    node.board.i2c.attach(0x77, node.sensor);
    node.board.i2c.detach(0x76);
    await node.untilPublished("state", 2);
    assert.deepEqual(Object.keys(JSON.parse(node.payloads("state").at(-1)!) as object), ["out", "ts"]);
    node.board.i2c.attach(0x76, node.sensor);
    assert.ok(node.messages("out/temperature").length > 0);
  });
});
