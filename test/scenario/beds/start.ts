/** How a node's life begins: with a good configuration, with a bad one, and with a broker that is not as it should be. */
import assert from "node:assert/strict";
import type { Bed, Scenario } from "../../support/bed.ts";
import { MISTAKES, NO_JSON, STOPPED } from "../../support/mistakes.ts";
import { BASE, payloads, printed, settled } from "../../support/node-bed.ts";
import { said } from "../../support/node-world.ts";

/** The server answers CONNECT with this return code and ends the connection, as brokers do. */
function refuseLogin({ server }: Bed, returnCode: number): void {
  server.onPacket = (packet, connection) => {
    if (packet.cmd !== "connect") return;
    connection.send({ cmd: "connack", returnCode, sessionPresent: false });
    connection.peer.end();
  };
}

const REFUSALS: ReadonlyArray<readonly [returnCode: number, words: string]> = [
  [1, "the broker does not speak MQTT 3.1.1; next attempt in 120 s"],
  [2, "the broker refuses broker.clientId; next attempt in 120 s"],
  [3, "the broker is there but not available; next attempt in"],
  [4, "bad user name or password; see broker.username, broker.password; next attempt in 120 s"],
  [5, "not authorized; the broker wants other credentials or denies this client; next attempt in 120 s"],
];

export const START: Scenario[] = [
  {
    claim: "a good configuration leads from power-on to an acknowledged reading",
    async run(bed) {
      await settled(bed);
      const { last } = bed.server;
      const words = said(last).map((word) => word.replace(/ [{].*/, ""));
      assert.deepEqual(words, [
        "connect",
        "publish status online",
        "publish state",
        "subscribe",
        "publish diag",
      ]);
      const reading = JSON.parse(payloads(bed, "state")[0]!) as Record<string, number>;
      assert.equal(reading.temperature, 20);
      const acknowledged = last.exchange.flatMap((step) =>
        "down" in step && !Buffer.isBuffer(step.down) && step.down.cmd === "puback"
          ? [step.down.messageId]
          : [],
      );
      assert.equal(acknowledged.length, 2);
      assert.ok(bed.console.includes("Wi-Fi: joined home, address 192.168.1.100"));
    },
  },
  {
    claim: "single values are published beside the object where the configuration says so",
    settings: { values: true },
    async run(bed) {
      await settled(bed);
      assert.deepEqual(payloads(bed, "bme280/temperature"), ["20"]);
      assert.deepEqual(payloads(bed, "bme280/humidity"), ["50"]);
    },
  },
  {
    claim: "each mistake in the configuration is named by field and reason, and the node does not start",
    settings: { wifi: {} },
    async run(bed) {
      await printed(bed, STOPPED);
      for (const [, config, lines] of MISTAKES) {
        await bed.store("config.json", JSON.stringify(config));
        const from = bed.console.length;
        await bed.restart();
        await printed(bed, STOPPED, from);
        assert.deepEqual(bed.console.slice(from + 1), [
          ...lines.map((line) => "config.json: " + line),
          STOPPED,
        ]);
      }
      for (const [, text] of NO_JSON) {
        await bed.store("config.json", text);
        const from = bed.console.length;
        await bed.restart();
        await printed(bed, "config.json: not JSON", from);
      }
      assert.equal(bed.server.connections.length, 0);
    },
  },
  {
    claim: "a refused login is said with its reason, and tried again late where time does not heal it",
    async run(bed) {
      for (const [returnCode, words] of REFUSALS) {
        refuseLogin(bed, returnCode);
        const from = bed.console.length;
        await bed.restart();
        assert.match(await printed(bed, words, from), /^MQTT: /);
        const { last } = bed.server;
        await bed.until(() => last.closed !== undefined);
        assert.deepEqual(said(last), ["connect"]);
      }
    },
  },
  {
    claim: "a broker that refuses the port at first is reached when it is there",
    down: true,
    async run(bed) {
      await printed(bed, "MQTT: nothing answers there; see broker.host, broker.port");
      assert.equal(bed.server.connections.length, 0);
      await bed.refuse(false);
      await settled(bed);
      assert.equal(bed.server.connections.length, 1);
    },
  },
  {
    claim: "a broker's name that nobody knows is said to be the fault",
    settings: { broker: { host: "broker..invalid" } },
    async run(bed) {
      await printed(bed, "MQTT: no such name; see broker.host");
      assert.equal(bed.server.connections.length, 0);
    },
  },
  {
    claim: "a port where nobody speaks MQTT is given up after the deadline, and tried again",
    async run(bed) {
      bed.server.onPacket = () => undefined;
      await printed(bed, "MQTT: no answer in time; is that port MQTT?");
      bed.server.onPacket = (packet, connection) => bed.server.answer(packet, connection);
      await settled(bed, 2);
      assert.deepEqual(said(bed.server.connections[0]!), ["connect"]);
    },
  },
  {
    claim: "a broker that grants no commands is said to refuse them, and readings go on",
    async run(bed) {
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd !== "subscribe") bed.server.answer(packet, connection);
        else connection.send({ cmd: "suback", messageId: packet.messageId!, granted: [0x80] });
      };
      await settled(bed);
      await printed(bed, `MQTT: the broker refuses ${BASE}/cmd/#`);
    },
  },
];
