/**
 * What is measured: ristretto in four sizes and the two MQTT modules of Espruino, each with the program that
 * drives it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { minified } from "../build/minify.mjs";
import { buildModule } from "./driver-module.ts";

/**
 * A client as it is loaded, and the code that uses it, as a program would: what it costs is counted with it.
 * The program around it says by variables of its own what the client is made for: it `listens`, it `asks` for
 * memory, its `keepalive`.
 */
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
  /**
   * What stands in front of a payload where a message has no properties: nothing in 3.1.1, their length in
   * 5.0.
   */
  properties: string;
  /** Bytes arrive. */
  deliver(bytes: string): string;
  /** A second passes; empty where the client has a timer of its own. */
  tick: string;
  /** With `keepalive` 1: a ping and its answer; empty where a program cannot have one. */
  ping: string;
  /** The connection is lost, and the next one begins. */
  lose: string;
}

/**
 * The filters that a subject which `listens` has subscribed to at QoS 1, where it can: one topic, and all
 * below a level.
 */
export const EXACT = "hall/led/set";
export const WILDCARD = "hall/cmd/#";

/** `require("net")` and, without TLS itself, `require("tls")` give this socket: \`on…\` are its listeners. */
const SOCKET = `
var socket, writer, opened = 0;
function wire(write) { writer = write; if (socket) socket.write = write; }
function connect(address, connected) {
  opened++;
  socket = { on: function (event, listener) { this["on" + event] = this["#on" + event] = listener; }, write: writer, end: function () {}, dSnd: "" };
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
const CONNACK_5 = '"\\x20\\x03\\0\\0\\0"';
const PINGRESP = '"\\xd0\\0"';

/** A link to nowhere, for the client alone. */
const LINK = `
var opened = 0, h, link = { open: function (a, given) { opened++; h = given; setTimeout(function () { h.onOpen(); }, 0); }, close: function () {} };
function wire(write) { link.write = write; }
function lost() { h.onClose(195); }
`;
const WIFI = `Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });`;

/** How the client is connected: what that needs, the link, and how bytes arrive. */
type Way = Pick<Subject, "glue" | "deliver"> & { link: string };
const NOWHERE: Way = { glue: LINK, link: "link", deliver: (bytes) => `h.onData(${bytes});` };
const TCP: Way = { glue: WIFI + SOCKET, link: "mqtt.createTcpLink()", deliver: onSocket };
const TLS: Way = { ...TCP, link: "mqtt.createTlsLink({})" };

/** From its first call on the module's seconds pass when they are called, for a reconnect takes one. */
const SECONDS = `
var second, one, native;
function takeSeconds() { if (!native) { native = setTimeout; global.setTimeout = take; } }
function take(callback, ms, argument) {
  if (ms !== 1000) return native(callback, ms, argument);
  second = callback; one = argument;
  return 1;
}
`;

/** Asks as the firmware does. */
const FREE = "function free() { return process.memory(false).free; }";

/**
 * How a client with subscriptions is made, and one that has `onMessage` alone; `parts` as `createClient`
 * takes them.
 */
const subscriber = (parts = ""): string =>
  `c = mqtt.createClient(o${parts}); if (listens) mqtt.subscribe(c, [
    { topicFilter: "${EXACT}", qos: 1, onMessage: heard }, { topicFilter: "${WILDCARD}", qos: 1, onMessage: heard }]);`;
const LISTENER = `if (listens) o.onMessage = heard; c = mqtt.createClient(o);`;

/** A client of ours from its module, which `make` makes of the options `o`. */
function ours(name: string, code: string, { glue, link, deliver }: Way, make: string): Subject {
  return {
    name,
    code,
    connack: CONNACK,
    properties: "",
    glue: `${glue}\n${FREE}\nvar c, id = 0, o = { host: "h", port: 1883, clientId: "c" };`,
    create: `o.link = ${link}; if (keepalive) o.keepalive = keepalive; if (asks) o.memory = free; ${make} mqtt.connect(c);`,
    publish: (topic, payload, qos) =>
      `${qos ? "id = " : ""}mqtt.publish(c, ${topic}, ${payload}, ${qos * 2});`,
    acknowledge: deliver(PUBACK),
    overhead: `${PUBACK};`,
    deliver,
    tick: "mqtt.tick(c);",
    ping: `mqtt.tick(c); ${deliver(PINGRESP)}`,
    lose: "lost(); mqtt.connect(c); mqtt.tick(c);",
  };
}

/**
 * A module with parts of the client, on the link to nowhere; `make` is what makes it, `connack` what it is
 * accepted with.
 */
export function onFakeLink(name: string, code: string, make: string, connack = CONNACK): Subject {
  return { ...ours(name, code, NOWHERE, make), connack };
}

const bundle = (file: string): string => readFileSync(file, "latin1");

/** The module with an object around the client, as `require("ristretto")` gives it. */
function module(): Subject {
  return {
    name: "the module",
    connack: CONNACK,
    properties: "",
    code: bundle("dist/ristretto.min.js"),
    glue: `${WIFI + SOCKET + FREE + SECONDS} var c, id = 0; function getSerial() { return "c"; }`,
    create: `c = mqtt.create("h", asks ? { memory: free } : {});
      if (listens) { c.on("message", heard); c.subscribe(["${EXACT}", "${WILDCARD}"], { qos: 1 }); }
      c.connect();`,
    publish: (topic, payload, qos) =>
      qos ? `id = c.publish(${topic}, ${payload}, { qos: 1 });` : `c.publish(${topic}, ${payload});`,
    acknowledge: onSocket(PUBACK),
    overhead: `${PUBACK};`,
    deliver: onSocket,
    tick: "",
    ping: "",
    lose: "takeSeconds(); lost(); c.connect(); if (second) second(one);",
  };
}

/** The columns of the table that are ours, by their names; each is read when it is asked for. */
const OURS: Record<string, (name: string) => Subject> = {
  core: (name) => ours(name, bundle(".cache/bench/core.min.js"), NOWHERE, LISTENER),
  "and subscribe": (name) => ours(name, bundle(".cache/bench/client.min.js"), NOWHERE, subscriber()),
  "and TCP link": (name) => ours(name, bundle("dist/ristretto-functions.min.js"), TCP, subscriber()),
  "the module": module,
  "or TLS link": (name) => ours(name, bundle("dist/ristretto-functions-tls.min.js"), TLS, subscriber()),
};

/** The subject with subscriptions and the TCP link that speaks MQTT 5.0, built for the bench alone. */
export const VERSION_5 = "MQTT 5.0";
const NAMES_5 =
  "connect, createClient, createTcpLink, disconnect, publish, subscribe, tick, unsubscribe, version5";

export async function version5Subject(): Promise<Subject> {
  const code = await buildModule("hw/full.ts", NAMES_5);
  const like = ours(VERSION_5, code, TCP, subscriber(", [mqtt.version5]"));
  return { ...like, connack: CONNACK_5, properties: "\0" };
}

/** Espruino's modules, minified as ristretto is; their names are their own. */
async function peers(folder: string): Promise<Subject[]> {
  const peer = (name: string): Promise<string> => minified(readFileSync(join(folder, name), "utf8"), {});
  const both = {
    connack: CONNACK,
    properties: "",
    glue: SOCKET + "var c;",
    deliver: onSocket,
    tick: "",
    lose: "lost(); c.connect();",
    overhead: "",
  };
  return [
    {
      ...both,
      name: "MQTT.js",
      code: await peer("MQTT.js"),
      create: `c = mqtt.create("h"); if (listens) c.on("message", heard); c.connect();`,
      publish: (topic, payload, qos) => `c.publish(${topic}, ${payload}${qos ? ", { qos: 1 }" : ""});`,
      acknowledge: onSocket('"\\x40\\x02\\0\\x01"'),
      ping: `c.ping(); ${onSocket(PINGRESP)}`,
    },
    {
      ...both,
      name: "tinyMQTT.js",
      code: await peer("tinyMQTT.js"),
      create: `c = mqtt.create("h", { reconnect_interval: 20 }); if (listens) c.on("message", heard); c.connect();`,
      publish: (topic, payload) => `c.publish(${topic}, ${payload});`,
      acknowledge: "",
      // It sends one at an interval of its own.
      ping: `c.cl.write(String.fromCharCode(192, 0)); ${onSocket(PINGRESP)}`,
    },
  ];
}

/** The peers are left out when there is no folder with them. */
export async function subjects(folder: string | undefined): Promise<Subject[]> {
  const own = Object.entries(OURS).map(([name, make]) => make(name));
  return folder ? [...own, ...(await peers(folder))] : own;
}
