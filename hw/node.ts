/**
 * The firmware: joins Wi-Fi, samples the sensors, publishes, and goes on for ever.
 *
 * Topics below `base`: `status` (`online`, `offline`; retained; the will) · `state` (readings as JSON, with the time they
 * were taken at: `ts` in seconds when the clock is known, else `uptime`) · `<sensor>/<quantity>` (single values, when
 * wanted) · `error` (a sensor's fault, once per change) · `diag` (retained) · `cmd/read`, `cmd/period`, `cmd/restart` →
 * `cmd/result`. What was taken without a connection is told after it, in order, with `"late":true` when that took long.
 */
import { abort, connect, disconnect, FIRST, QOS_1, RETAIN, subscribe, tick } from "../src/index.ts";
import { KEEP_ALIVE_TIMEOUT, NAME_NOT_FOUND, NETWORK_DOWN } from "../src/reason.ts";
import type { Announcers } from "./announcer.ts";
import type { Board } from "./board.ts";
import { isClockSet, tickClock } from "./clock.ts";
import type { NodeConfig } from "./config.ts";
import { explain } from "./messages.ts";
import { address, countJoins, rejoin, signalStrength, startStation, tickStation } from "./net/wifi.ts";
import type { StationOptions } from "./net/wifi.ts";
import {
  client,
  commands,
  freeVariables,
  late,
  makeClient,
  MEMORY_RESERVE,
  options,
  outdated,
  report,
  setWill,
  tell,
} from "./report.ts";
import { ANSWER_WITHIN, sampleDue, setPeriod, settle, skipDue } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import type { Fault, Reading } from "./sensors/sensor.ts";
import { VERSION } from "./version.ts";

/** Seconds between two `diag` messages. */
const DIAG_PERIOD = 300;
/** Seconds without a broker after which Wi-Fi is joined anew: it may look up and carry nothing. */
const REJOIN_AFTER = 300;
/** Seconds in which a board that starts finds its broker. */
const START = 30;
/** Seconds that `offline` gets to be acknowledged before a wanted end. */
const FAREWELL = 5;

// A board runs one node, so its state stands here: no record to hand on, no closures. All times are in seconds, counted
// by the tick.
let sensors: NamedSensor[];
let resetReason: string;
let kick: Board["kick"];
/** Is each value published to a topic of its own, too? */
let wantsValues: boolean | undefined;
let uptime = 0;
let untilDiag = 0;
/** Since there was a broker, or the last attempt to heal that. */
let withoutBroker = 0;
/** Samples left out for want of memory. */
let skipped = 0;
/** To the restart that was asked for; 0 = none. */
let untilRestart = 0;

/** Publishes each value of a sensor's reading, which is given as members, to a topic of its own. */
function tellValues(named: NamedSensor, members: string): void {
  const values = JSON.parse("{" + members + "}") as Reading;
  const quantities = Object.keys(values);
  // Loops, here and below, because every closure on the way to a publish takes memory when there is least of it.
  for (let nth = 0; nth < quantities.length; nth++) {
    const quantity = quantities[nth] as string;
    tell(named._name + "/" + quantity, "" + values[quantity], QOS_1);
  }
}

/** A sensor answered: tells its fault, once, or that it healed, or its reading, by itself: at the time it was taken at. */
function answered(named: NamedSensor, fault: Fault | null, reading?: Reading): void {
  const before = named._fault;
  const members = /*@__SPLICE__*/ settle(named, uptime, fault, reading);
  if (named._fault !== before) {
    print(named._name + ": " + (fault || "healed"));
    const quoted = fault ? '"' + fault + '"' : "null";
    report("error", '"sensor":"' + named._name + '","fault":' + quoted, 0);
  }
  if (options._announcer) options._announcer._heard(named, members);
  if (!members) return;
  print(named._name + ": {" + members + "}");
  // They have no time with them: but for those of the start they are told at once or not at all.
  if (wantsValues && (client.connected || uptime < START)) tellValues(named, members);
  report("state", sensors.length === 1 ? members : '"' + named._name + '":{' + members + "}", 0);
}

/*@__TOGETHER__ seldom*/
function tellDiagnostics(): void {
  const rssi = signalStrength();
  untilDiag = DIAG_PERIOD;
  const diagnostics = {
    version: VERSION,
    ip: address(),
    reset: resetReason,
    rssi: rssi,
    uptime: uptime,
    free: process.memory().free,
    wifi_count: countJoins(),
    mqtt_count: client.reconnects + 1,
    resent: client.resent,
    lost: client.dropped + skipped + outdated,
  };
  tell("diag", JSON.stringify(diagnostics), RETAIN);
}

/** Begins the next sample that is due, when there is memory for what follows; else leaves out all that are. */
function sampleIfDue(): void {
  if (freeVariables() >= MEMORY_RESERVE) /*@__SPLICE__*/ sampleDue(sensors, answered);
  else skipped += /*@__SPLICE__*/ skipDue(sensors);
}

// An interval would go when memory runs out, and on ESP32 catch up with a clock that was set forward.
/**
 * The node's only timer: it re-arms itself first, so that nothing that follows stops it. What does none the
 * less, the watchdog sees.
 */
function everySecond(): void {
  let isDue = 0;
  setTimeout(everySecond, 1000);
  uptime++;
  if (!isClockSet()) tickClock();
  tickStation();
  tick(client);
  if (client.connected) withoutBroker = 0;
  else if (++withoutBroker >= REJOIN_AFTER) {
    withoutBroker = 0;
    rejoin();
  }
  for (let nth = 0; sensors[nth]; nth++) {
    const named = sensors[nth] as NamedSensor;
    if (named._busy) named._busy++;
    if (--named._due <= 0 || named._busy > ANSWER_WITHIN) isDue = 1;
  }
  if (isDue) sampleIfDue();
  if (late && !late._id && options.onAcknowledge) options.onAcknowledge(0);
  if (--untilDiag <= 0 && client.connected) /*@__NOINLINE__*/ tellDiagnostics();
  if (options._announcer && client.connected) options._announcer._tick();
  if (untilRestart && !--untilRestart) E.reboot();
  if (kick) kick();
}

const station: StationOptions = {
  ssid: "",
  onChanged(address, reason) {
    if (address) {
      print("Wi-Fi: joined " + station.ssid + ", address " + address);
      connect(client);
    } else {
      print("Wi-Fi: " + station.ssid + " is not there (" + reason + "); trying again");
      // No board tells its sockets, and the address may be another one next time.
      abort(client, NETWORK_DOWN);
    }
  },
};

options.onConnect = function () {
  delete options.will;
  print("MQTT: connected to " + options.host);
  untilDiag = 0;
  tell("status", "online", QOS_1 | RETAIN | FIRST);
  if (late && !late._id && options.onAcknowledge) options.onAcknowledge(0);
};

options.onDisconnect = function (reasonCode, seconds) {
  setWill();
  // A broker that refuses, or is none, shows that Wi-Fi carries.
  if (reasonCode < NAME_NOT_FOUND && reasonCode !== KEEP_ALIVE_TIMEOUT) withoutBroker = 0;
  print("MQTT: " + explain(reasonCode) + (seconds ? "; next attempt in " + seconds + " s" : ""));
};

/** Obeys one command; what the server had retained is passed over, or a restart would repeat for ever. */
commands.onMessage = function (topic, payload, flags) {
  const command = topic.substr(commands.topicFilter.length - 1);
  let problem = "";
  if (flags & RETAIN || command === "result") return;
  if (command === "read") {
    sensors.forEach(function (named) {
      named._due = 0;
    });
    sampleIfDue();
  } else if (command === "restart") {
    // `offline` is published and acknowledged, or given up on, before the board restarts.
    untilRestart = FAREWELL;
    const farewellId = tell("status", "offline", QOS_1 | RETAIN | FIRST);
    options.onAcknowledge = function (packetId) {
      if (packetId !== farewellId) return;
      disconnect(client);
      untilRestart = 2;
    };
  } else if (command === "period") {
    problem = setPeriod(sensors, +payload);
    if (options._announcer && !problem) options._announcer._next = 0; // it tells how long values count
  } else problem = "unknown; known are read, period, restart";
  const answer = '{"command":' + JSON.stringify(command) + ',"ok":' + !problem;
  tell("cmd/result", answer + (problem ? ',"error":"' + problem + '"}' : "}"), QOS_1);
};

/**
 * Runs a node with a configuration that `checkConfig` accepts and the sensors it names, in order, for as long as the board
 * has power.
 */
export function startNode(board: Board, config: NodeConfig, made: NamedSensor[], makers: Announcers): void {
  resetReason = board.resetReason();
  kick = board.kick;
  wantsValues = config.values;
  sensors = made;
  makeClient(board, config);
  const maker = config.discovery && makers.discovery;
  if (maker) options._announcer = maker(config, board, client, options, made);
  subscribe(client, options._announcer ? [commands, options._announcer] : [commands]);
  station.ssid = config.wifi.ssid;
  station.password = config.wifi.password || "";
  startStation(station);
  board.secure();
  if (config.ntp) board.syncClock(config.ntp);
  everySecond();
}
