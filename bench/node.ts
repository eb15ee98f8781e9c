/**
 * What a whole node holds of the interpreter's variables: the firmware for ESP8266 from flash, with a BME280, connected to
 * a broker over the interpreter's own sockets. Only Wi-Fi, the I²C bus and the chip's own module are stood in for, and
 * what these take is measured by a start without the firmware, and subtracted.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createInterpreter } from "./interpreter.ts";

const FIRMWARE = "dist/esp8266.min.js";

/** Registers 88…A1, D0, E1…E7, F3…F5 and F7…FE of a BME280 after a conversion. */
const REGISTERS = "HW6tZjIAG4841tALVCsP//n/DDAg0YgTAEtgUgEAFywDHgAkAEK3AH7dAIK3";

/** The board. Evaluated from flash, so that its functions take no copy of their text. */
export const BOARD = `echo(0);
global.getSerial = function () { return "30aea400-0001"; };
Modules.addCached("ESP8266", function () { exports.getResetInfo = function () { return { reason: "power on" }; }; });
Modules.addCached("Wifi", function () {
  var own = { ip: "0.0.0.0", rssi: -60 };
  exports.connect = function (ssid, options, done) { own.ip = "192.168.1.100"; setTimeout(done, 0, null); };
  exports.getDetails = exports.getStatus = exports.getIP = function () { return own; };
});
var at = 0, control = 0, settings = 0;
I2C1 = {
  setup: function () {},
  writeTo: function (address, data) {
    at = data[0];
    if (at == 0xF4) control = data[1];
    if (at == 0xF5) settings = data[1];
  },
  readFrom: function (address, quantity) {
    var start = at < 0xD0 ? 0 : at < 0xE1 ? 26 : at < 0xF3 ? 27 : at < 0xF7 ? 34 : 37;
    var bytes = E.toUint8Array(atob("${REGISTERS}").substr(start, quantity));
    if (at == 0xF3) { bytes[1] = control & 252; bytes[2] = settings; }
    return bytes;
  }
};
// Two DS18B20: zeros after a command, then ones; their scratchpad.
var turn = 0, wires = OneWire.prototype;
wires.reset = function () { turn = 1; return true; };
wires.select = function () { turn = 0; };
wires.write = function () {};
wires.read = function (n) { return n ? E.toUint8Array(atob("kQF9yX//DxDe")) : turn++ ? 255 : 0; };
require("ESP8266"); require("Wifi");
`;

/** Tells what is in use twice a second. */
const TELL = `
function tell() { setTimeout(tell, 500); print("# " + process.memory().usage); }
tell();
`;

/** Calls back with each packet that comes in whole. */
function readPackets(socket: Socket, onPacket: (first: number, body: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on("data", (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (;;) {
      // No packet of the node is so long that its length would take a third byte.
      const start = bytes[1]! < 128 ? 2 : 3;
      const end = start + (start === 2 ? bytes[1]! : (bytes[1]! & 127) + bytes[2]! * 128);
      if (!(end <= bytes.length)) return;
      const packet = bytes.subarray(0, end);
      bytes = bytes.subarray(end);
      onPacket(packet[0]!, packet.subarray(start));
    }
  });
}

/** The answer to a SUBSCRIBE: QoS 0 for each of its filters. */
function suback(body: Buffer): Buffer {
  const granted: number[] = [];
  for (let at = 2; at < body.length; at += 3 + body.readUInt16BE(at)) granted.push(0);
  return Buffer.of(0x90, 2 + granted.length, body[0]!, body[1]!, ...granted);
}

/** A broker that accepts everything; `onMessage` gets the topic of each message, after its acknowledgement has left. */
async function startBroker(onMessage: (topic: string) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    readPackets(socket, (first, body) => {
      const type = first >> 4;
      if (type === 1) socket.write(Buffer.of(0x20, 2, 0, 0));
      if (type === 8) socket.write(suback(body));
      if (type !== 3) return;
      const end = 2 + body.readUInt16BE(0);
      if (first & 2) socket.write(Buffer.of(0x40, 2, body[end]!, body[end + 1]!));
      onMessage(body.toString("latin1", 2, end));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Boots these files and gives the least usage that is told in the seconds after `isReady` came true. */
async function usageOf(path: string, files: Record<string, string>, isReady: () => boolean): Promise<number> {
  const interpreter = createInterpreter(path);
  try {
    for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
    const session = interpreter.boot();
    // Ticks and timers that come late take a variable more now and then.
    let least = Infinity;
    for (let ready = 0; ready < 8;) {
      const usage = Number((await session.line("# ")).slice(2));
      if (isReady()) ready++;
      if (ready > 3) least = Math.min(least, usage);
    }
    return least;
  } finally {
    interpreter.close();
  }
}

/** The sensors of the node that budgets are for, and of one with three. */
export const ONE = [{ type: "bme280" }];
export const THREE = [
  ...ONE,
  { type: "ds18b20", name: "flow", pin: "D4", rom: "2800000000000140" },
  { type: "ds18b20", name: "return", pin: "D4", rom: "28000000000002a2" },
];

/**
 * Variables that the node holds once it is connected and subscribed and its first readings, one of each sensor, were
 * acknowledged; with discovery once all entities were announced, too.
 */
export async function nodeVariables(
  path: string,
  sensors: object[] = ONE,
  more: { discovery?: boolean; key?: string } = {},
): Promise<number> {
  const count = new Map<string, number>();
  const broker = await startBroker((topic) => {
    const name = topic.replace(/^.*\//, "");
    count.set(name, (count.get(name) ?? 0) + 1);
  });
  const standIns = {
    "stand-ins": BOARD + TELL,
    ".boot0": `eval(require("Storage").read("stand-ins"));`,
  };
  const firmware = {
    ".bootcde": readFileSync(FIRMWARE, "latin1"),
    "config.json": JSON.stringify({
      wifi: { ssid: "greenhouse", password: "tomatoes and basil" },
      broker: { host: "127.0.0.1", port: broker.port },
      sensors,
      ...more,
    }),
  };
  try {
    const idle = await usageOf(path, standIns, () => true);
    const isReady = (): boolean =>
      count.has("status") &&
      count.has("diag") &&
      (count.get("state") ?? 0) >= (more.discovery ? 2 : 1) * sensors.length;
    return (await usageOf(path, { ...standIns, ...firmware }, isReady)) - idle;
  } finally {
    broker.close();
  }
}

// Alone, `ESPRUINO=… node --import tsx bench/node.ts` prints the numbers.
if (import.meta.filename === process.argv[1])
  for (const more of [{}, { discovery: true }])
    for (const sensors of [ONE, THREE])
      console.log(await nodeVariables(process.env.ESPRUINO!, sensors, more), JSON.stringify(more));
