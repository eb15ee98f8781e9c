/**
 * The firmware: joins Wi-Fi, samples the sensors, publishes, and goes on for ever.
 *
 * Topics below `base`: `status` (`online`, `offline`; retained; the will) · `state` (all readings as JSON, with `ts` in
 * seconds when the clock is known) · `<sensor>/<quantity>` (single values, when wanted) · `error` (a sensor's fault, once
 * per change) · `diag` (retained) · `cmd/read`, `cmd/period`, `cmd/restart` → `cmd/result`.
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
import { KEEP_ALIVE_TIMEOUT, NAME_NOT_FOUND, NETWORK_DOWN, QUOTA_EXCEEDED } from "../src/reason.ts";
import type { Board } from "./board.ts";
import type { NodeConfig } from "./config.ts";
import { explain } from "./messages.ts";
import { address, countJoins, rejoin, signalStrength, startStation, tickStation } from "./net/wifi.ts";
import type { StationOptions } from "./net/wifi.ts";
import { isSampling, sampleDue, settle, tickSensors } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import type { Fault, Reading, Sensor } from "./sensors/sensor.ts";

/** Version of the firmware; the build puts it in from package.json. */
export const VERSION = "__VERSION__";

/** Seconds between two `diag` messages. */
const DIAG_PERIOD = 300;
/** Seconds without a broker after which Wi-Fi is joined anew: it may look up and carry nothing. */
const REJOIN_AFTER = 300;
/** Free variables below which no sample is taken: running out of them breaks more than a missing reading. */
const MEMORY_RESERVE = 100;
/** Seconds that `offline` gets to be acknowledged before a wanted end. */
const FAREWELL = 5;
/** getTime() is the time of day once it is past this, 2020-01-01; before, it counts from power-on. */
const CLOCK_KNOWN = 1577836800;

// A board runs one node, so its state stands here: no record to hand on, no closures. All times are in seconds, counted
// by the tick.
let client: Client;
let sensors: NamedSensor[];
/** Why the board started. */
let resetReason: string;
/** Is each value published to a topic of its own, too? */
let wantsValues: boolean | undefined;
let uptime = 0;
let untilDiag = 0;
/** Since there was a broker, or since the last attempt to heal that. */
let withoutBroker = 0;
/** Samples left out for want of memory. */
let skipped = 0;
/** To the restart that was asked for; 0 = none. */
let untilRestart = 0;

/** Publishes below the node's base, which is kept in the filter of the commands only: `<base>/cmd/#`. */
function tell(topic: string, payload: string, flags: number): number {
  const filter = commands.topicFilter;
  return publish(client, filter.substr(0, filter.length - 5) + topic, payload, flags);
}

/** The time of day as a JSON member; nothing while the clock is not set. */
function timestamp(): string {
  const now = getTime();
  return now > CLOCK_KNOWN ? ',"ts":' + Math.floor(now) : "";
}

/** Publishes each value of a sensor's reading to a topic of its own. */
function tellValues(named: NamedSensor): void {
  const values = JSON.parse("{" + (named._reading as string) + "}") as Reading;
  const quantities = Object.keys(values);
  // Loops, here and below, because every closure on the way to a publish takes memory when there is least of it.
  for (let nth = 0; nth < quantities.length; nth++) {
    const quantity = quantities[nth] as string;
    tell(named._name + "/" + quantity, "" + values[quantity], QOS_1);
  }
}

/** Publishes the last reading of every sensor. */
function tellReadings(): void {
  let all = "";
  for (let index = 0; index < sensors.length; index++) {
    const named = sensors[index] as NamedSensor;
    const members = named._reading;
    named._isFresh = 0;
    if (!members) continue;
    all += (all && ",") + (sensors.length === 1 ? members : '"' + named._name + '":{' + members + "}");
  }
  tell("state", "{" + all + timestamp() + "}", QOS_1);
}

/** A sensor answered: tells its fault, once, or that it healed; and publishes when no other sensor is at work. */
function answered(named: NamedSensor, fault: Fault | null, reading?: Reading): void {
  if (settle(named, fault, reading)) {
    print(named._name + ": " + (fault || "healed"));
    const quoted = fault ? '"' + fault + '"' : "null";
    tell("error", '{"sensor":"' + named._name + '","fault":' + quoted + timestamp() + "}", QOS_1);
  }
  if (reading) {
    print(named._name + ": {" + (named._reading as string) + "}");
    if (wantsValues) tellValues(named);
  }
  if (!isSampling(sensors) && sensors.some((other) => other._isFresh)) tellReadings();
}

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

/** A new period for all sensors that have none of their own; returns what is wrong with it. */
function setPeriod(period: number): string {
  if (!(period >= 1 && period <= 86400 && period === Math.floor(period)))
    return "must be a whole number of seconds from 1 to 86400";
  sensors.forEach(function (named) {
    if (named._ownPeriod) return;
    named._period = period;
    named._due = Math.min(named._due, period);
  });
  return "";
}

/** Garbage is collected only when it matters. */
function freeVariables(): number {
  const free = process.memory(false).free;
  return free < MEMORY_RESERVE * 2 ? process.memory().free : free;
}

/** Leaves out the samples that are due. */
function skipDue(): void {
  sensors.forEach(function (named) {
    if (named._due > 0) return;
    named._due = named._period;
    skipped++;
    print("memory: too little left, no sample taken");
  });
}

/** Begins the next sample that is due, when there is memory for what follows. */
function sampleIfDue(): void {
  if (freeVariables() < MEMORY_RESERVE) skipDue();
  else sampleDue(sensors, answered);
}

/** The only timer of the node: it re-arms itself first, so that nothing that follows can stop it. */
function everySecond(): void {
  setTimeout(everySecond, 1000);
  uptime++;
  // After running out of memory the stream may lack bytes.
  if (E.getErrorFlags().indexOf("MEMORY") >= 0) abort(client, QUOTA_EXCEEDED);
  tickStation();
  tick(client);
  if (client.connected) withoutBroker = 0;
  else if (++withoutBroker >= REJOIN_AFTER) {
    withoutBroker = 0;
    rejoin();
  }
  tickSensors(sensors);
  sampleIfDue();
  if (--untilDiag <= 0 && client.connected) tellDiagnostics();
  if (untilRestart && !--untilRestart) E.reboot();
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
    print("MQTT: connected to " + options.host);
    untilDiag = 0;
    tell("status", "online", QOS_1 | RETAIN | FIRST);
  },
  onDisconnect(reasonCode, seconds) {
    // A broker that refuses, or is none, shows that Wi-Fi carries.
    if (reasonCode < NAME_NOT_FOUND && reasonCode !== KEEP_ALIVE_TIMEOUT) withoutBroker = 0;
    print("MQTT: " + explain(reasonCode) + (seconds ? "; next attempt in " + seconds + " s" : ""));
  },
  onDrop(reasonCode, _packetId, topic) {
    const why = reasonCode === QUOTA_EXCEEDED ? ": no room in queue or memory" : ": too large";
    print("MQTT: lost a message of " + topic + why);
  },
  onSubscribe(topicFilter, reasonCode) {
    if (reasonCode > 1) print("MQTT: the broker refuses " + topicFilter);
  },
} as Partial<ClientOptions> as ClientOptions;

const commands: Subscription = {
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
    } else if (command === "period") problem = setPeriod(+payload);
    else problem = "unknown; known are read, period, restart";
    const answer = '{"command":' + JSON.stringify(command) + ',"ok":' + !problem;
    tell("cmd/result", answer + (problem ? ',"error":"' + problem + '"}' : "}"), QOS_1);
  },
};

/** Fills in the options of the client: the configuration's `broker` shares their names. */
function setOptions(board: Board, config: NodeConfig, base: string): void {
  const broker = config.broker as ClientOptions;
  const queue = config.queue || {};
  Object.keys(broker).forEach(function (name) {
    options[name as "host"] = broker[name as "host"];
  });
  options.link = board.createLink();
  options.clientId = broker.clientId || "ristretto-" + board.id();
  options.will = { topic: base + "/status", payload: "offline", qos: 1, retain: true };
  if (queue.limit) options.queueLimit = queue.limit;
  if (queue.bytes) options.queueBytes = queue.bytes;
  if (queue.policy) options.queuePolicy = queue.policy;
}

/**
 * Runs a node with a configuration that `checkConfig` accepts and the sensors it names, in order, for as long as the board
 * has power.
 */
export function startNode(board: Board, config: NodeConfig, made: Sensor<object>[]): void {
  resetReason = board.resetReason();
  const base = config.base || "ristretto/" + board.id();
  wantsValues = config.values;
  sensors = config.sensors.map(function (sensor, index) {
    return {
      _name: sensor.name || sensor.type,
      _sensor: made[index] as Sensor<object>,
      _ownPeriod: sensor.period,
      _period: sensor.period || config.period,
      // One after another, so that they never all work at once.
      _due: index + 1,
      _busy: 0,
    } as NamedSensor;
  });
  setOptions(board, config, base);
  client = createClient(options);
  commands.topicFilter = base + "/cmd/#";
  subscribe(client, [commands]);
  station.ssid = config.wifi.ssid;
  station.password = config.wifi.password || "";
  startStation(station);
  board.secure();
  if (config.ntp) board.syncClock(config.ntp);
  everySecond();
}
