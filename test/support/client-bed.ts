/** A program of one's own on a bed: it takes the module from flash and says everything its client tells. */
import type { BoardKind } from "../../sim/world.ts";
import type { Bed, BedOptions, Scenario } from "./bed.ts";
import { bundle } from "./bundles.ts";

/** Before every line that the program prints. */
const TOLD = "# ";

/** `m` is the module, `o` the options, `c` the client. It joins Wi-Fi and waits for what is typed. */
const PROGRAM = `
var m = require("ristretto");
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
  { settings = {}, down = false, throws }: Scenario,
): BedOptions {
  return {
    kind,
    down,
    throws,
    files: (broker) => ({
      ristretto: bundle("ristretto.min.js"),
      ".bootcde": `var o = ${JSON.stringify({ ...broker, clientId: "board", ...settings })};${PROGRAM}`,
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

/** Connects, and waits for what the client tells of it. */
export async function online(bed: Bed, sessionPresent = false): Promise<void> {
  await untilTold(bed, "joined");
  await bed.type("m.connect(c)");
  await untilTold(bed, `connect ${sessionPresent}`);
}

/** Waits until the server has so many PUBLISH packets. */
export function published({ server, until }: Bed, count: number): Promise<void> {
  return until(() => server.published().length >= count);
}
