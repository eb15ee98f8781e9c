/** Sensors in their period, and buses that fail; the rest is in beds/sensors.ts. */
import assert from "node:assert/strict";
import { assertUnbroken, onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

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
  it("that fails at power-on is told once, gives no number, and heals in its period", async () => {
    const node = start({ on: false });
    node.sensor.fault = "absent";
    node.board.powerOn();
    await node.untilOnline();
    await node.world.runFor(55_000);
    assert.deepEqual(faults(node), ["absent"]);
    assert.deepEqual(node.states(), []);
    node.sensor.fault = "none";
    await node.untilPublished("state", 3);
    assert.deepEqual(faults(node), ["absent", null]);
    assertUnbroken(node.states(), 10);
  });

  it("that is exchanged while the board runs is noticed, though all its transfers succeed", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    node.sensor.powerCycle();
    await node.world.runFor(35_000);
    assert.deepEqual(faults(node), ["power-on-value", null]);
    assert.equal(node.states().length, 4);
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
