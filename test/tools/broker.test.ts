import assert from "node:assert/strict";
import { createServer } from "node:net";
import mqtt from "mqtt";
import { startBroker } from "../../tools/broker.ts";

describe("the embedded broker", () => {
  it("takes the next free port when 1883 is taken", async () => {
    const other = createServer();
    // Taken by somebody else it is just as taken.
    await new Promise<void>((resolve) =>
      other.once("error", () => resolve()).listen(1883, "127.0.0.1", resolve),
    );
    const broker = await startBroker();
    try {
      assert.ok(broker.port > 1883 && broker.port <= 1903, String(broker.port));
    } finally {
      await broker.close();
      other.close();
    }
  });

  it("keeps retained messages while it is stopped, and comes back on the same port", async () => {
    const broker = await startBroker(0);
    const url = `mqtt://127.0.0.1:${broker.port}`;
    try {
      const writer = await mqtt.connectAsync(url);
      await writer.publishAsync("kept", "yes", { qos: 1, retain: true });
      writer.end(true);
      await broker.stop();
      await assert.rejects(mqtt.connectAsync(url, { reconnectPeriod: 0 }, false));
      await broker.start();
      const reader = await mqtt.connectAsync(url);
      const heard = new Promise<string>((resolve) =>
        reader.on("message", (_topic, payload) => resolve(String(payload))),
      );
      await reader.subscribeAsync("kept");
      assert.equal(await heard, "yes");
      reader.end(true);
    } finally {
      await broker.close();
    }
  });
});
