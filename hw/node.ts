/**
 * The firmware: joins Wi-Fi, samples the sensors, publishes, and goes on for ever.
 *
 * Topics below `base`: `status` (`online`, `offline`; retained; the will) · `state` (readings as JSON, with the time they
 * were taken at: `ts` in seconds when the clock is known, else `uptime`) · `<sensor>/<quantity>` (single values, when
 * wanted) · `error` (a sensor's fault, once per change) · `diag` (retained) · `cmd/read`, `cmd/period`, `cmd/restart` →
 * `cmd/result`. What was taken without a connection is told after it, in order, with `"late":true` when that took long.
 */
import {
  abort,
  connect,
  createClient,
  disconnect,
  FIRST,
  publish,
  QOS_1,
  RETAIN,
  subscribe,
  tick,
} from "../src/index.ts";
import type { Client, ClientOptions, Subscription } from "../src/index.ts";
import { KEEP_ALIVE_TIMEOUT, NAME_NOT_FOUND, NETWORK_DOWN } from "../src/reason.ts";
import { WHOLE } from "./announcer.ts";
import type { AnnouncedOptions, Announcers } from "./announcer.ts";
import { putLate, takeLate } from "./backlog.ts";
import type { Backlog } from "./backlog.ts";
import type { Board } from "./board.ts";
import { isClockSet, tickClock, timestamp } from "./clock.ts";
import type { NodeConfig } from "./config.ts";
import { explain, explainLoss } from "./messages.ts";
import { address, countJoins, rejoin, signalStrength, startStation, tickStation } from "./net/wifi.ts";
import type { StationOptions } from "./net/wifi.ts";
import { ANSWER_WITHIN, sampleDue, setPeriod, settle, skipDue } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import type { Fault, Reading } from "./sensors/sensor.ts";

/** Version of the firmware; the build puts it in from package.json. */
export const VERSION = "__VERSION__";

/** Seconds between two `diag` messages. */
const DIAG_PERIOD = 300;
/** Seconds without a broker after which Wi-Fi is joined anew: it may look up and carry nothing. */
const REJOIN_AFTER = 300;
/** Free variables below which no sample is taken: running out of them breaks more than a missing reading. */
const MEMORY_RESERVE = 100;
/** Seconds in which a board that starts finds its broker. */
const START = 30;
/** Seconds that `offline` gets to be acknowledged before a wanted end. */
const FAREWELL = 5;

// A board runs one node, so its state stands here: no record to hand on, no closures. All times are in seconds, counted
// by the tick.
let client: Client;
let sensors: NamedSensor[];
let resetReason: string;
let kick: Board["kick"];
/** Is each value published to a topic of its own, too? */
let wantsValues: boolean | undefined;
let uptime = 0;
let untilDiag = 0;
/** Since there was a broker, or the last attempt to heal that. */
let withoutBroker = 0;
/** Samples left out for want of memory, and readings that waited for too long. */
let skipped = 0;
/** What waits for a connection; exists while something does. */
let late: Backlog | undefined;
/** 1 until something was acknowledged: that is told on the console, so the first readings wait for it one by one. */
let isNew = 1;
/** How many of them may wait; 0: as many as the board's memory allows. */
let lateLimit = 0;
/** To the restart that was asked for; 0 = none. */
let untilRestart = 0;
/** Has the server tell `offline` when it loses the node. The will is there only until a connection stands: it takes memory. */
/*@__TOGETHER__ seldom*/
function setWill(): void {
  const filter = commands.topicFilter;
  const topic = filter.substr(0, filter.length - 5) + "status";
  options.will = { topic, payload: "offline", qos: 1, retain: true };
}

/** Publishes below the node's base, which is kept in `<base>/cmd/#` only; with the flag WHOLE anywhere. */
export function tell(topic: string, payload: string, flags: number): number {
  const filter = commands.topicFilter;
  return publish(client, flags & WHOLE ? topic : filter.substr(0, filter.length - 5) + topic, payload, flags);
}

/**
 * Publishes the members of a JSON object with their time, or keeps them until there is a connection: readings that are new
 * need not wait for old ones, but what else is told stays in its place among them. With `taken` it is an old one whose turn
 * it is. Returns as `publish` does.
 */
function report(topic: string, members: string, taken: number): number {
  const at = taken || Math.floor(getTime()) || 1;
  if (taken || (client.connected && !isNew && (!late || topic === "state"))) {
    const time = /*@__SPLICE__*/ timestamp(at);
    return tell(topic, "{" + members + "," + time + "}", QOS_1);
  }
  // A variable, without which the build would make one expression of all this: what stands behind a `return` is not read.
  const limit = lateLimit || process.memory(false).total >> 4;
  if (!late) {
    late = { _entries: [], _shapes: [], _id: 0 };
    // One at a time: the next leaves when this one has arrived.
    options.onAcknowledge = function (packetId) {
      const backlog = late as Backlog;
      if (packetId !== backlog._id || !client.connected) return;
      backlog._id = 0;
      if (backlog._entries[0]) {
        const oldest = takeLate(backlog);
        backlog._id = Math.max(0, report(oldest._topic, oldest._members, oldest._at));
      } else {
        late = undefined;
        delete options.onAcknowledge;
        isNew = 0;
        print("MQTT: all that waited is acknowledged");
      }
    };
  }
  skipped += putLate(late, topic + "?" + members, at, limit, options.queuePolicy === "drop-newest");
  members = ""; // the function above holds on to it
  return 0;
}

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
    lost: client.dropped + skipped,
  };
  tell("diag", JSON.stringify(diagnostics), RETAIN);
}

/** Garbage is collected only when it matters. */
function freeVariables(): number {
  const free = process.memory(false).free;
  return free < MEMORY_RESERVE * 2 ? process.memory().free : free;
}

/** Begins the next sample that is due, when there is memory for what follows; else leaves out all that are. */
function sampleIfDue(): void {
  if (freeVariables() >= MEMORY_RESERVE) /*@__SPLICE__*/ sampleDue(sensors, answered);
  else skipped += /*@__SPLICE__*/ skipDue(sensors);
}

// An interval would go when memory runs out, and on ESP32 catch up with a clock that was set forward.
/** The node's only timer: it re-arms itself first, so that nothing that follows stops it. What does none the less, the watchdog sees. */
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

// What stands in a record of its own and not under a name has one variable less. The start fills in what the configuration
// says.

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

const options = {
  host: "",
  port: 1883,
  memory: freeVariables,
  onConnect() {
    delete options.will;
    print("MQTT: connected to " + options.host);
    untilDiag = 0;
    tell("status", "online", QOS_1 | RETAIN | FIRST);
    if (late && !late._id && options.onAcknowledge) options.onAcknowledge(0);
  },
  onDisconnect(reasonCode, seconds) {
    setWill();
    // A broker that refuses, or is none, shows that Wi-Fi carries.
    if (reasonCode < NAME_NOT_FOUND && reasonCode !== KEEP_ALIVE_TIMEOUT) withoutBroker = 0;
    print("MQTT: " + explain(reasonCode) + (seconds ? "; next attempt in " + seconds + " s" : ""));
  },
  onDrop(reasonCode, packetId, topic) {
    if (late && packetId === late._id) late._id = 0;
    const announcer = options._announcer;
    if (announcer && packetId === announcer._id) announcer._next = announcer._id = 0;
    print("MQTT: lost a message of " + topic + explainLoss(reasonCode));
  },
  onSubscribe(topicFilter, reasonCode) {
    if (reasonCode > 1) print("MQTT: the broker refuses " + topicFilter);
  },
} as Partial<AnnouncedOptions> as AnnouncedOptions;

export const commands: Subscription = {
  topicFilter: "",
  /** Obeys one command; what the server had retained is passed over, or a restart would repeat for ever. */
  onMessage(topic, payload, flags) {
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
  },
};

/** Fills in the options of the client: the configuration's `broker` shares their names, and has the link. */
function setOptions(board: Board, config: NodeConfig): void {
  const broker = config.broker as ClientOptions;
  const queue = config.queue || {};
  Object.keys(broker).forEach(function (name) {
    options[name as "host"] = broker[name as "host"];
  });
  options.clientId = broker.clientId || "ristretto-" + board.id();
  lateLimit = queue.readings || 0;
  if (queue.limit) options.queueLimit = queue.limit;
  if (queue.bytes) options.queueBytes = queue.bytes;
  if (queue.policy) options.queuePolicy = queue.policy;
}

/**
 * Runs a node with a configuration that `checkConfig` accepts and the sensors it names, in order, for as long as the board
 * has power.
 */
export function startNode(board: Board, config: NodeConfig, made: NamedSensor[], makers: Announcers): void {
  resetReason = board.resetReason();
  kick = board.kick;
  wantsValues = config.values;
  sensors = made;
  setOptions(board, config);
  commands.topicFilter = (config.base || "ristretto/" + board.id()) + "/cmd/#";
  setWill();
  client = createClient(options);
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
