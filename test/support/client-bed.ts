/** A program of one's own on a bed: it takes the module from flash and says everything its client tells. */
import type { BoardKind } from "../../sim/world.ts";
import type { Packet } from "mqtt-packet";
import type { Bed, BedOptions, Scenario } from "./bed.ts";
import { bundle } from "./bundles.ts";
import { message } from "./server.ts";

/** Before every line that the program prints. */
const TOLD = "# ";

/** `m` is the module, `o` the options, `c` the client. It joins Wi-Fi and waits for what is typed. */
const program = (module: string): string => `
var m = require("${module}");
function tell(text) { print("${TOLD}" + text); }
o.link = m.createTcpLink();
o.onConnect = function (present) { tell("connect " + present); };
o.onDisconnect = function (reason, seconds) { tell("disconnect " + reason + (seconds ? " again" : " end")); };
o.onMessage = function (topic, payload, flags) { tell("message " + topic + " " + payload + " " + flags); };
o.onSubscribe = function (filter, code) { tell("subscribe " + filter + " " + code); };
o.onUnsubscribe = function (filter) { tell("unsubscribe " + filter); };
o.onAcknowledge = function (id) { tell("acknowledge " + id); };
o.onDrop = function (reason, id, topic) { tell("drop " + reason + " " + id + " " + topic); };
var c = m.createClient(o);
function tick() { setTimeout(tick, 1000); m.tick(c); }
tick();
require("Wifi").connect("home", { password: "secret-wifi" }, function () { tell("joined"); });
`;

export function clientOptions(
  kind: BoardKind,
  { settings = {}, down = false, throws }: Pick<Scenario, "settings" | "down" | "throws">,
  module = "ristretto-functions",
): BedOptions {
  return {
    kind,
    down,
    throws,
    files: (broker) => ({
      [module]: bundle(`${module}.min.js`),
      ".bootcde": `var o = ${JSON.stringify({ ...broker, clientId: "board", ...settings })};${program(module)}`,
    }),
  };
}

/** What the program has said. */
export function told(bed: Bed): string[] {
  return bed.console.filter((line) => line.startsWith(TOLD)).map((line) => line.slice(TOLD.length));
}

/** Waits until the program has said this line so often. */
export function untilTold(bed: Bed, line: string, times = 1): Promise<void> {
  return bed.until(() => told(bed).filter((said) => said === line).length >= times);
}

/** Connects, again if need be, and waits for what the client tells of it. */
export async function online(bed: Bed, sessionPresent = false): Promise<void> {
  const line = `connect ${sessionPresent}`;
  const before = told(bed).filter((said) => said === line).length;
  await untilTold(bed, "joined");
  await bed.type("m.connect(c)");
  await untilTold(bed, line, before + 1);
}

/** From now on the program's own timer passes no time to the client: `pass` does. */
export async function stopTime(bed: Bed): Promise<void> {
  await untilTold(bed, "joined");
  await bed.type("pass = m.tick; m.tick = function () {}");
}

/** Passes so many seconds to the client, at once. */
export function pass(bed: Bed, seconds: number): Promise<void> {
  return bed.type(`for (var s = ${seconds}; s > 0; s--) pass(c)`);
}

/** Waits until the client has taken all that the server has sent on its newest connection. */
export async function taken(bed: Bed): Promise<void> {
  const line = "message mark  0";
  const before = told(bed).filter((said) => said === line).length;
  bed.server.last.send(message("mark", ""));
  await untilTold(bed, line, before + 1);
}

/** Waits until the server has all that the client has sent, and the client its answers: by a message there and back. */
export async function exchanged(bed: Bed): Promise<void> {
  const isMark = (packet: Packet): boolean => packet.cmd === "publish" && packet.topic === "mark";
  const marks = (): number => bed.server.packets.filter(isMark).length;
  const before = marks();
  await bed.type('m.publish(c, "mark", "", 0)');
  await bed.until(() => marks() > before);
  await taken(bed);
}

/** The program leaves a connection or an attempt that has ended at that; what its client tells stays the same. */
export function endWithFirst(bed: Bed): Promise<void> {
  return bed.type(
    "o.onDisconnect = (function (f) { return function (r, s) { f(r, s); m.disconnect(c); }; })(o.onDisconnect)",
  );
}

/** Waits until the server has so many PUBLISH packets. */
export function published({ server, until }: Bed, count: number): Promise<void> {
  return until(() => server.published().length >= count);
}

/** Publishes `t/1`, `t/2` …; tells what publish returned. */
export const FILL = (count: number, flags: string): string =>
  `for (var i = 1; i <= ${count}; i++) tell("published " + m.publish(c, "t/" + i, "payload", ${flags}))`;
