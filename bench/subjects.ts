/** What is measured: ristretto in four sizes and the two MQTT modules of Espruino, each with the program that drives it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { minified } from "../build/minify.mjs";

/** A client as it is loaded, and the code that uses it, as a program would: what it costs is counted with it. */
export interface Subject {
  name: string;
  /** The module. */
  code: string;
  /** Defines `wire(write)`, which sets how the socket or link writes, and what the rest needs. */
  glue: string;
  /** Makes a client `c` that connects as far as a socket that stands; `heard` is to get messages. */
  create: string;
  publish(topic: string, payload: string, qos: number): string;
  /** The server acknowledges that message; empty without QoS 1. */
  acknowledge: string;
  /** What of that is no part of the client's work. */
  overhead: string;
  /** What a server accepts with. */
  connack: string;
  /** Bytes arrive. */
  deliver(bytes: string): string;
  /** A ping and its answer; empty where a program cannot have one. */
  ping: string;
  /** The connection is lost, and the next one begins. */
  lose: string;
}

/** `require("net")` and, without TLS itself, `require("tls")` give this socket: \`on…\` are its listeners. */
const SOCKET = `
var socket, writer;
function wire(write) { writer = write; if (socket) socket.write = write; }
function connect(address, connected) {
  socket = { on: function (event, listener) { this["on" + event] = listener; }, write: writer, end: function () {}, dSnd: "" };
  setTimeout(function () { connected.call(socket); }, 0);
  return socket;
}
Modules.addCached("net", function () { exports.connect = connect; });
Modules.addCached("tls", function () { exports.connect = connect; });
function lost() { if (socket.onend) socket.onend(false); if (socket.onclose) socket.onclose(false); }
`;
const onSocket = (bytes: string): string => `socket.ondata(${bytes});`;

/** For the message that was published last. */
const PUBACK = '"\\x40\\x02" + String.fromCharCode(id >> 8, id & 255)';
const CONNACK = '"\\x20\\x02\\0\\0"';
const PINGRESP = '"\\xd0\\0"';

function ours(
  name: string,
  file: string,
  glue: string,
  link: string,
  deliver: (bytes: string) => string,
  subscribes = false,
): Subject {
  const listen = subscribes
    ? `c = mqtt.createClient(o); if (listens) mqtt.subscribe(c, [{ topicFilter: "cmd/led", onMessage: heard }]);`
    : `if (listens) o.onMessage = heard; c = mqtt.createClient(o);`;
  return {
    name,
    code: file && readFileSync(file, "latin1"),
    connack: CONNACK,
    glue: `${glue}\nvar c, id = 0, o = { host: "h", port: 1883, clientId: "c" };`,
    create: `o.link = ${link}; if (pings) o.keepalive = 1; ${listen} mqtt.connect(c);`,
    publish: (topic, payload, qos) =>
      `${qos ? "id = " : ""}mqtt.publish(c, ${topic}, ${payload}, ${qos * 2});`,
    acknowledge: deliver(PUBACK),
    overhead: `${PUBACK};`,
    deliver,
    ping: `mqtt.tick(c); ${deliver(PINGRESP)}`,
    lose: "lost(); mqtt.connect(c);",
  };
}

/** A link to nowhere, for the client alone. */
const LINK = `
var h, link = { open: function (a, given) { h = given; setTimeout(function () { h.onOpen(); }, 0); }, close: function () {} };
function wire(write) { link.write = write; }
function lost() { h.onClose(195); }
`;
const onLink = (bytes: string): string => `h.onData(${bytes});`;

const WIFI = `Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });`;

/** A module with parts of the client, which `enable` puts to work, on the link to nowhere. */
export function onFakeLink(name: string, code: string, enable: string, connack = CONNACK): Subject {
  return {
    ...ours(name, "", LINK, "link", onLink),
    code,
    connack,
    create: `o.link = link; c = mqtt.createClient(o); ${enable} mqtt.connect(c);`,
  };
}

/** A module of Espruino, minified as ristretto is; its names are its own. */
function peer(folder: string, name: string): Promise<string> {
  return minified(readFileSync(join(folder, name), "utf8"), {});
}

/** The peers are left out when there is no folder with them. */
export async function subjects(folder: string | undefined): Promise<Subject[]> {
  const all: Subject[] = [
    ours("core", ".cache/bench/core.min.js", LINK, "link", onLink),
    ours("and subscribe", ".cache/bench/client.min.js", LINK, "link", onLink, true),
    ours(
      "and TCP link",
      "dist/ristretto-functions.min.js",
      WIFI + SOCKET,
      "mqtt.createTcpLink()",
      onSocket,
      true,
    ),
    {
      name: "the module",
      connack: CONNACK,
      code: readFileSync("dist/ristretto.min.js", "latin1"),
      glue: WIFI + SOCKET + "var c, id = 0; function getSerial() { return 'c'; }",
      create: `c = mqtt.create("h"); if (listens) { c.on("message", heard); c.subscribe("cmd/led"); } c.connect();`,
      publish: (topic, payload, qos) =>
        qos ? `id = c.publish(${topic}, ${payload}, { qos: 1 });` : `c.publish(${topic}, ${payload});`,
      acknowledge: onSocket(PUBACK),
      overhead: `${PUBACK};`,
      deliver: onSocket,
      ping: "",
      lose: "lost(); c.connect();",
    },
    ours(
      "or TLS link",
      "dist/ristretto-functions-tls.min.js",
      WIFI + SOCKET,
      "mqtt.createTlsLink({})",
      onSocket,
      true,
    ),
  ];
  if (!folder) return all;
  const peers = {
    connack: CONNACK,
    glue: SOCKET + "var c;",
    deliver: onSocket,
    lose: "lost(); c.connect();",
    overhead: "",
  };
  return all.concat([
    {
      ...peers,
      name: "MQTT.js",
      code: await peer(folder, "MQTT.js"),
      create: `c = mqtt.create("h"); if (listens) c.on("message", heard); c.connect();`,
      publish: (topic, payload, qos) => `c.publish(${topic}, ${payload}${qos ? ", { qos: 1 }" : ""});`,
      acknowledge: onSocket('"\\x40\\x02\\0\\x01"'),
      ping: `c.ping(); ${onSocket(PINGRESP)}`,
    },
    {
      ...peers,
      name: "tinyMQTT.js",
      code: await peer(folder, "tinyMQTT.js"),
      create: `c = mqtt.create("h", { reconnect_interval: 20 }); if (listens) c.on("message", heard); c.connect();`,
      publish: (topic, payload) => `c.publish(${topic}, ${payload});`,
      acknowledge: "",
      // It sends one at an interval of its own.
      ping: `c.cl.write(String.fromCharCode(192, 0)); ${onSocket(PINGRESP)}`,
    },
  ]);
}
