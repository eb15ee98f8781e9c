/** How a node's life begins: with a good configuration, with a bad one, and with a broker that is not as it should be. */
import assert from "node:assert/strict";
import type { IPublishPacket } from "mqtt-packet";
import type { Bed, Scenario } from "../../support/bed.ts";
import { MISTAKES, NO_JSON, STOPPED, wifi } from "../../support/mistakes.ts";
import { BASE, command, messages, payloads, printed, settled, told } from "../../support/node-bed.ts";
import { said } from "../../support/node-world.ts";
import { connects } from "../../support/server.ts";

/** The server answers the next CONNECT with this return code and ends the connection, as brokers do; then it accepts. */
function refuseLogin({ server }: Bed, returnCode: number): void {
  const nth = server.connections.length;
  server.onPacket = (packet, connection) => {
    if (connection !== server.connections[nth]) return server.answer(packet, connection);
    connection.send({ cmd: "connack", returnCode, sessionPresent: false });
    connection.peer.end();
  };
}

/** The last one is tried again soon. */
const REFUSALS: ReadonlyArray<readonly [returnCode: number, words: string]> = [
  [1, "the broker does not speak MQTT 3.1.1; next attempt in 120 s"],
  [2, "the broker refuses broker.clientId, or broker.keepalive 0; next attempt in 120 s"],
  [4, "bad user name or password; see broker.username, broker.password; next attempt in 120 s"],
  [5, "not authorized; the broker wants other credentials or denies this client; next attempt in 120 s"],
  [3, "the broker is there but not available; next attempt in"],
];

/** A web server, something that sends zeros, and something that never ends its packet's length. */
const STRANGERS = [
  "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 150\r\nConnection: close\r\n\r\n",
  "\0\0\0\0",
  "\xff\xff\xff\xff\xff",
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
      const [status] = messages(bed, "status");
      assert.deepEqual([status!.qos, status!.retain, status!.dup], [1, true, false]);
      const [diag] = messages(bed, "diag");
      assert.equal(diag!.retain, true);
      const { version, ip, reset, rssi, uptime, free, ...counts } = JSON.parse(
        diag!.payload.toString(),
      ) as Record<string, unknown>;
      assert.match(String(version), /^\d+\.\d+\.\d+/);
      assert.deepEqual([ip, rssi], ["192.168.1.100", -60]);
      assert.deepEqual([typeof reset, typeof uptime, typeof free], ["string", "number", "number"]);
      assert.deepEqual(counts, { wifi_count: 1, mqtt_count: 1, resent: 0, lost: 0 });
      const [asked] = last.packets.flatMap((packet) =>
        packet.cmd === "subscribe" ? [packet.subscriptions] : [],
      );
      assert.deepEqual(asked, [{ topic: `${BASE}/cmd/#`, qos: 0 }]);
      const acknowledged = last.exchange.flatMap((step) =>
        "down" in step && !Buffer.isBuffer(step.down) && step.down.cmd === "puback"
          ? [step.down.messageId]
          : [],
      );
      assert.equal(acknowledged.length, 3);
      assert.ok(bed.console.includes("Wi-Fi: joined home, address 192.168.1.100"));
    },
  },
  {
    claim:
      "the first packet is a CONNECT with the will and a client id made from the MAC [MQTT-3.1.0-1] [MQTT-3.1.2-8]",
    async run(bed) {
      await settled(bed);
      const [connect] = connects(bed.server);
      assert.equal(bed.server.packets[0], connect);
      assert.equal(connect!.protocolId, "MQTT");
      assert.equal(connect!.protocolVersion, 4);
      assert.equal(connect!.clientId, "ristretto-30aea4000001");
      assert.deepEqual([connect!.clean, connect!.keepalive], [true, 60]);
      assert.deepEqual([connect!.username, connect!.password], [undefined, undefined]);
      assert.deepEqual(
        { ...connect!.will, payload: connect!.will!.payload.toString() },
        { topic: `${BASE}/status`, payload: "offline", qos: 1, retain: true },
      );
    },
  },
  {
    claim: "single values are published before the object where the configuration says so, after `online`",
    settings: { values: true },
    async run(bed) {
      await settled(bed);
      assert.deepEqual(said(bed.server.last).slice(0, 5), [
        "connect",
        "publish status online",
        "publish bme280/temperature 20",
        `publish bme280/pressure ${payloads(bed, "bme280/pressure")[0]!}`,
        "publish bme280/humidity 50",
      ]);
      assert.match(said(bed.server.last)[5]!, /^publish state /);
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
      // Nobody gave it a file, or one that is no object.
      await bed.store("config.json");
      const start = bed.console.length;
      await bed.restart();
      await printed(bed, STOPPED, start);
      assert.deepEqual(bed.console.slice(start + 1), [
        "config.json: wifi.ssid: must be a string of 1 to 32 bytes",
        "config.json: broker.host: must be a string of 1 to 255 bytes",
        STOPPED,
      ]);
      for (const text of ["null", "[]", '"text"', "7", "true"]) {
        await bed.store("config.json", text);
        const from = bed.console.length;
        await bed.restart();
        await printed(bed, "config.json: ", from);
      }
      assert.equal(bed.server.connections.length, 0);
      for (const secret of ["secret-wifi", "tiny-pw", "1234567890", "hunter2hunter2"])
        assert.equal(bed.console.join("\n").includes(secret), false, secret);
    },
  },
  {
    claim: "a configuration of two lines is enough, written while a faulty one keeps the node from starting",
    settings: { wifi: {} },
    async run(bed) {
      await printed(bed, STOPPED);
      const { host, port } = bed.broker;
      await bed.store("config.json", JSON.stringify({ wifi, broker: { host, port } }));
      await bed.restart();
      await settled(bed);
      const [connect] = connects(bed.server);
      assert.deepEqual([connect!.keepalive, connect!.clean], [60, true]);
      assert.equal(payloads(bed, "state").length, 1);
    },
  },
  {
    claim: "a configuration with every member at its limit is taken",
    settings: {
      broker: { clientId: "c", username: "", password: "", keepalive: 65535, clean: false },
      base: "b",
      period: 86400,
      values: true,
      ntp: "",
      queue: { limit: 1000, bytes: 65535, policy: "drop-newest" },
      sensors: [{ type: "bme280", name: "A-z_9", data: "D4", clock: "D5", hz: 400000, address: 118 }],
    },
    async run(bed) {
      await bed.until(() => bed.server.published().some((line) => line.startsWith("b/diag ")));
      const [first, ...others] = bed.server.published();
      assert.equal(first, "b/status online");
      assert.ok(others.includes("b/A-z_9/temperature 20"));
      assert.equal(connects(bed.server)[0]!.keepalive, 65535);
    },
  },
  {
    claim: "a base, a client id, a name for the sensor and credentials are taken from the configuration",
    settings: {
      base: "garden/shed",
      broker: { clientId: "shed", username: "alice", password: "hunter2hunter2" },
      sensors: [{ type: "bme280", name: "air" }],
      values: true,
    },
    async run(bed) {
      await bed.until(() => bed.server.published().some((line) => line.startsWith("garden/shed/diag ")));
      const [connect] = connects(bed.server);
      assert.equal(connect!.clientId, "shed");
      assert.equal(connect!.will!.topic, "garden/shed/status");
      assert.equal(connect!.username, "alice");
      assert.equal(connect!.password!.toString(), "hunter2hunter2");
      assert.ok(bed.server.published().includes("garden/shed/air/temperature 20"));
    },
  },
  {
    claim: "readings go at QoS 1, not retained, as rounded numbers near the truth, and never as -0",
    settings: { values: true },
    async run(bed) {
      await settled(bed);
      await bed.sense({ temperature: -7.12345, pressure: 98765.4, humidity: 33.333 });
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      const state = JSON.parse(payloads(bed, "state")[1]!) as Record<string, number>;
      for (const [quantity, truth, tolerance, digits] of [
        ["temperature", -7.12345, 0.02, 2],
        ["pressure", 98765.4, 4, 0],
        ["humidity", 33.333, 0.2, 1],
      ] as const) {
        const sent = messages(bed, "bme280/" + quantity)[1]!;
        assert.deepEqual([sent.qos, sent.retain], [1, false]);
        const text = sent.payload.toString();
        assert.match(text, /^-?\d+(\.\d+)?$/);
        assert.ok(Math.abs(Number(text) - truth) < tolerance, `${quantity} ${text}`);
        assert.ok((text.split(".")[1] ?? "").length <= digits, `${quantity} ${text}`);
        assert.equal(state[quantity], Number(text));
      }
      const [, { qos, retain }] = messages(bed, "state") as [unknown, IPublishPacket];
      assert.deepEqual([qos, retain], [1, false]);
      assert.deepEqual(Object.keys(state), ["temperature", "pressure", "humidity", "ts"]);
      await told(bed, "cmd/result", 1);
      await bed.sense({ temperature: -0.003 });
      bed.server.last.send(command("read"));
      await told(bed, "state", 3);
      assert.equal(payloads(bed, "bme280/temperature")[2], "0");
      assert.match(payloads(bed, "state")[2]!, /"temperature":0,/);
    },
  },
  {
    claim:
      "a refused login is said with its reason, and tried again late where time does not heal it; no secret is told",
    settings: { broker: { username: "alice", password: "hunter2hunter2" } },
    async run(bed) {
      for (const [index, [returnCode, words]] of REFUSALS.entries()) {
        refuseLogin(bed, returnCode);
        const from = bed.console.length;
        if (index) await bed.restart();
        assert.match(await printed(bed, words, from), /^MQTT: /);
        const refused = bed.server.connections[index]!;
        await bed.until(() => refused.closed !== undefined);
        assert.deepEqual(said(refused), ["connect"]);
      }
      await settled(bed, REFUSALS.length + 1);
      for (const secret of ["secret-wifi", "alice", "hunter2hunter2"])
        assert.equal(bed.console.join("\n").includes(secret), false, secret);
    },
  },
  {
    claim: "a port where somebody speaks something else is said to be no broker's, and tried again",
    async run(bed) {
      const { server } = bed;
      server.onPacket = (packet, connection) => {
        const words = STRANGERS[server.connections.indexOf(connection)];
        if (words === undefined) server.answer(packet, connection);
        else connection.send(words);
      };
      await settled(bed, STRANGERS.length + 1);
      await printed(bed, "MQTT: the broker broke the protocol; is that port MQTT?; next attempt in");
      for (const connection of server.connections.slice(0, -1)) {
        assert.deepEqual(said(connection), ["connect"]);
        assert.ok(connection.closed);
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
      bed.server.onPacket = (packet, connection) => {
        if (connection !== bed.server.connections[0]) bed.server.answer(packet, connection);
      };
      await printed(bed, "MQTT: no answer in time; is that port MQTT?");
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
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      assert.equal(bed.server.connections.length, 1);
    },
  },
];
