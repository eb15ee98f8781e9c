/** Programs of Espruino's documentation for its module `MQTT`, with `require("ristretto")` in its place and nothing else changed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { IConnectPacket } from "mqtt-packet";
import type { Bed } from "../support/bed.ts";
import { onBothBeds } from "../support/both-beds.ts";
import { told, untilTold } from "../support/client-bed.ts";
import { documentedOptions } from "../support/module-bed.ts";
import type { DocumentedScenario } from "../support/module-bed.ts";
import { connects, count, message } from "../support/server.ts";

const documented = (name: string): string => readFileSync(`test/scenario/espruino-docs/${name}.js`, "latin1");

const HOST = "192.168.1.10";
const JOIN = "join(function () {";
/** Programs that begin with a client. */
const CLIENT = `${documented("connect-directly").split("\n\n")[0]} mqtt.on("connected", function () { tell("connected"); });`;
const DEFAULT_ID = "ristretto-30aea4000001";

const printed = ({ console, until }: Bed, line: string, times = 1): Promise<void> =>
  until(() => console.filter((said) => said === line).length >= times);

const subscribed = (bed: Bed, times = 1): Promise<void> =>
  bed.until(() => count(bed.server, "subscribe") >= times);

function connectPacket(bed: Bed, nth = 0): Partial<IConnectPacket> {
  const { clientId, keepalive, clean, username, password } = connects(bed.server)[nth]!;
  return { clientId, keepalive, clean, username, password: password?.toString() as never };
}

const PROGRAMS: DocumentedScenario[] = [
  {
    claim:
      "modules/MQTT.md, setting up: connects with its options when the network is there, subscribes, and shows a message",
    program: documented("setting-up"),
    host: HOST,
    async run(bed) {
      await subscribed(bed);
      assert.deepEqual(connectPacket(bed), {
        clientId: "random",
        keepalive: 60,
        clean: true,
        username: "username",
        password: "password",
      });
      bed.server.last.send(message("test", "hello"));
      await printed(bed, "topic: test");
      await printed(bed, "message: hello");
      assert.ok(bed.console.includes("My IP is an address"));
    },
  },
  {
    claim:
      "modules/MQTT.md, calling connect directly: connects, and the second client takes the first one's place",
    before: JOIN,
    program: documented("connect-directly"),
    after: 'mqtt.on("connected", function () { tell("connected"); }); });',
    host: HOST,
    async run(bed) {
      await untilTold(bed, "connected");
      const last = connects(bed.server).length - 1;
      assert.deepEqual(connectPacket(bed, last), {
        clientId: DEFAULT_ID,
        keepalive: 60,
        clean: true,
        username: "username",
        password: "password",
      });
      await bed.until(() => bed.server.connections.filter(({ closed }) => !closed).length === 1);
    },
  },
  {
    claim:
      "modules/MQTT.md, connecting without TCP/IP: speaks through the program's own object, and is told its end",
    before: "var server = 'anywhere', options = { client_id: 'radio' };",
    program: documented("without-tcp"),
    after: `
      client.write = function (data) { tell("write " + JSON.stringify(data)); };
      client.end = function () { tell("end"); };
      mqtt.on("connected", function () { tell("connected"); mqtt.publish("t", "up"); });
      mqtt.on("message", function (topic, message) { tell(topic + " " + message); });
      mqtt.on("disconnected", function () { tell("disconnected"); });`,
    host: HOST,
    async run(bed) {
      const connect = String.raw`write "\u0010\u0011\u0000\u0004MQTT\u0004\u0002\u0000<\u0000\u0005radio"`;
      await untilTold(bed, connect);
      await bed.type(String.raw`client.emit("data", "\x20\x02\0\0")`);
      await untilTold(bed, "connected");
      await bed.type(String.raw`client.emit("data", "\x30\x06\0\x01tyou")`);
      await untilTold(bed, "t you");
      await bed.type('client.emit("end")');
      await untilTold(bed, "disconnected");
      assert.ok(told(bed).includes(String.raw`write "0\u0005\u0000\u0001tup"`));
      // It cannot be opened again but by the program, which does.
      await bed.type("mqtt.connect(client)");
      await untilTold(bed, connect, 2);
      await bed.type(String.raw`client.emit("data", "\x20\x02\0\0")`);
      await untilTold(bed, "connected", 2);
      await bed.type("mqtt.disconnect()");
      await untilTold(bed, String.raw`write "\u00E0\u0000"`);
      await untilTold(bed, "end");
      await untilTold(bed, "disconnected", 2);
    },
  },
  {
    claim: "modules/MQTT.md, disconnection: ends the connection with a DISCONNECT and tells it",
    before: JOIN + CLIENT + documented("on-disconnected"),
    program: 'mqtt.on("connected", function () {' + documented("disconnect") + "}); });",
    host: HOST,
    async run(bed) {
      await printed(bed, "Disconnected");
      await bed.until(() => count(bed.server, "disconnect") > 0);
      assert.deepEqual(
        bed.server.packets.map(({ cmd }) => cmd),
        ["connect", "disconnect"],
      );
    },
  },
  {
    claim: "modules/MQTT.md, reconnection: is connected again after the connection was lost",
    before: JOIN + CLIENT,
    program: documented("reconnection"),
    after: "});",
    host: HOST,
    async run(bed) {
      await untilTold(bed, "connected");
      bed.server.last.peer.end();
      await printed(bed, "MQTT disconnected... reconnecting.");
      await untilTold(bed, "connected", 2);
      assert.equal(bed.server.connections.length, 2);
    },
  },
  {
    claim: "modules/MQTT.md, publish: sends the message, also when the connection is not there yet",
    before: JOIN + CLIENT,
    program: documented("publish"),
    after: "});",
    host: HOST,
    async run(bed) {
      await bed.until(() => bed.server.published().length > 0);
      assert.deepEqual(bed.server.published(), ["test/espruino hello, world"]);
    },
  },
  {
    claim: "modules/MQTT.md, subscribe and unsubscribe: asks for both, and shows what came between",
    before: JOIN + CLIENT + 'mqtt.on("connected", function () {',
    program: documented("subscribe"),
    after: "}); });",
    host: HOST,
    async run(bed) {
      bed.server.onPacket = (packet, connection) => {
        bed.server.answer(packet, connection);
        if (packet.cmd === "subscribe")
          connection.send(message("test/espruino", "between", { retain: true }));
      };
      await printed(bed, "message: between");
      await bed.until(() => count(bed.server, "unsubscribe") === 1);
      assert.deepEqual(
        bed.server.packets.map(({ cmd }) => cmd),
        ["connect", "subscribe", "unsubscribe"],
      );
    },
  },
  {
    claim:
      "tutorials/Home Automation.md, Espruino WiFi: switches what it is told to, publishes, and reconnects",
    program: documented("espruino-wifi"),
    host: "raspberrypi",
    async run(bed) {
      await subscribed(bed);
      assert.ok(told(bed).includes("join Espruino helloworld"));
      bed.server.last.send(message("/mydevice/1/set", "1"));
      bed.server.last.send(message("/mydevice/2/set", "0"));
      await bed.until(() => bed.server.published().length === 2);
      assert.deepEqual(bed.server.published(), ["/mydevice/1/status 1", "/mydevice/2/status 0"]);
      assert.deepEqual(
        told(bed).filter((line) => line.startsWith("B")),
        ["B3 false", "B4 true"],
      );
      await bed.type("pressed()");
      await bed.until(() => bed.server.published().includes("/mydevice/buttonpress 1"));
      bed.server.last.peer.end();
      await printed(bed, "MQTT connected", 2);
      // Once: what came back by itself is not asked for again.
      await subscribed(bed, 2);
      bed.server.last.send(message("/mydevice/1/set", "0"));
      await bed.until(() => bed.server.published().includes("/mydevice/1/status 0"));
      assert.ok(told(bed).includes("B3 true"));
      assert.equal(count(bed.server, "subscribe"), 2);
    },
  },
  {
    claim:
      "tutorials/Home Automation.md, SonOff: switches, evaluates what it is sent, and tells what that throws",
    program: documented("sonoff"),
    host: "raspberrypi",
    async run(bed) {
      await subscribed(bed);
      assert.ok(told(bed).includes("join Espruino helloworld"));
      bed.server.last.send(message("/mydevice/set", "1"));
      bed.server.last.send(message("/mydevice/eval", "6*7"));
      bed.server.last.send(message("/mydevice/eval", "throw 'no'"));
      await bed.until(() => bed.server.published().length === 3);
      assert.deepEqual(bed.server.published(), [
        "/mydevice/status 1",
        "/mydevice/response 42",
        "/mydevice/exception no",
      ]);
      assert.ok(told(bed).includes("relay true") && told(bed).includes("light false"));
    },
  },
];

onBothBeds("documented", PROGRAMS, documentedOptions);
