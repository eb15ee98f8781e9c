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
import type { Client, ClientOptions } from "../src/index.ts";
import { KEEP_ALIVE_TIMEOUT, NAME_NOT_FOUND, NETWORK_DOWN, QUOTA_EXCEEDED } from "../src/reason.ts";
import type { Board } from "./board.ts";
import type { NodeConfig, SensorConfig } from "./config.ts";
import { explain } from "./messages.ts";
import { address, createStation, signalStrength } from "./net/wifi.ts";
import type { Station } from "./net/wifi.ts";
import { formatReading, formatValue } from "./reading.ts";
import { sampleAll } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import type { Sensor } from "./sensors/sensor.ts";

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

/** Makes a sensor from what the configuration says of it. */
export type Driver = (board: Board, config: SensorConfig) => Sensor<object>;

/** A running node. All times are in seconds, counted by the tick. */
interface Node {
  board: Board;
  config: NodeConfig;
  base: string;
  client: Client;
  station: Station;
  sensors: NamedSensor[];
  period: number;
  untilSample: number;
  untilDiag: number;
  /** Since there was a broker, or since the last attempt to heal that. */
  withoutBroker: number;
  uptime: number;
  /** Rounds left out for want of memory. */
  skipped: number;
  isSampling: boolean;
  /** To the restart that was asked for; 0 = none. */
  untilRestart: number;
  /** Packet id of the last `offline`. */
  farewellId: number;
}

/** Publishes below the node's base. */
function tell(node: Node, topic: string, payload: string, flags: number): number {
  return publish(node.client, node.base + "/" + topic, payload, flags);
}

/** The time of day as a JSON member; nothing while the clock is not set. */
function timestamp(): string {
  const now = getTime();
  return now > CLOCK_KNOWN ? ',"ts":' + Math.floor(now) : "";
}

/** Publishes the readings of one round: single values first, then all in one object. */
function tellReadings(node: Node): void {
  const sensors = node.sensors;
  let all = "";
  // Loops, because every closure on the way to a publish takes memory when there is least of it.
  for (let index = 0; index < sensors.length; index++) {
    const named = sensors[index] as NamedSensor;
    const reading = named.reading;
    if (!reading) continue;
    const members = formatReading(reading);
    print(named.name + ": {" + members + "}");
    const quantities = node.config.values ? Object.keys(reading) : [];
    for (let nth = 0; nth < quantities.length; nth++) {
      const quantity = quantities[nth] as string;
      tell(node, named.name + "/" + quantity, formatValue(quantity, reading[quantity] as number), QOS_1);
    }
    named.reading = undefined;
    all += (all && ",") + (sensors.length === 1 ? members : '"' + named.name + '":{' + members + "}");
  }
  if (all) tell(node, "state", "{" + all + timestamp() + "}", QOS_1);
}

/** Says a sensor's fault, or that it healed. */
function tellFault(node: Node, named: NamedSensor, fault: string | null): void {
  print(named.name + ": " + (fault || "healed"));
  const quoted = fault ? '"' + fault + '"' : "null";
  tell(node, "error", '{"sensor":"' + named.name + '","fault":' + quoted + timestamp() + "}", QOS_1);
}

function sample(node: Node): void {
  node.untilSample = node.period;
  if (node.isSampling) return;
  if (node.board.memory() < MEMORY_RESERVE) {
    node.skipped++;
    return print("memory: too little left, no sample taken");
  }
  node.isSampling = true;
  sampleAll(
    node.sensors,
    (named, fault) => tellFault(node, named, fault),
    function () {
      node.isSampling = false;
      tellReadings(node);
    },
  );
}

function tellDiagnostics(node: Node): void {
  node.untilDiag = DIAG_PERIOD;
  const client = node.client;
  const diagnostics = {
    version: VERSION,
    ip: address(),
    reset: node.board.resetReason(),
    rssi: signalStrength(),
    uptime: node.uptime,
    free: node.board.memory(),
    wifi_count: node.station.joins,
    mqtt_count: client.reconnects + 1,
    resent: client.resent,
    lost: client.dropped + node.skipped,
  };
  tell(node, "diag", JSON.stringify(diagnostics), RETAIN);
}

/** Ends well: `offline` is published and acknowledged, or given up on, before the board restarts. */
function farewell(node: Node): void {
  node.untilRestart = FAREWELL;
  node.farewellId = tell(node, "status", "offline", QOS_1 | RETAIN | FIRST);
}

/** One command of `cmd/#`; what the server had retained is not obeyed, or a restart would repeat for ever. */
function obey(node: Node, topic: string, payload: string, flags: number): void {
  if (flags & RETAIN) return;
  const command = topic.substr(node.base.length + 5);
  let problem = "";
  if (command === "result") return;
  if (command === "read") sample(node);
  else if (command === "restart") farewell(node);
  else if (command === "period") {
    const period = +payload;
    if (period >= 1 && period <= 86400 && period === Math.floor(period)) {
      node.period = period;
      node.untilSample = Math.min(node.untilSample, period);
    } else problem = "must be a whole number of seconds from 1 to 86400";
  } else problem = "unknown; known are read, period, restart";
  const answer = '{"command":' + JSON.stringify(command) + ',"ok":' + !problem;
  tell(node, "cmd/result", answer + (problem ? ',"error":"' + problem + '"}' : "}"), QOS_1);
}

/** Wi-Fi came or went. */
function networkChanged(node: Node, own: string, reason: string): void {
  const ssid = node.config.wifi.ssid;
  if (own) {
    print("Wi-Fi: joined " + ssid + ", address " + own);
    connect(node.client);
  } else {
    print("Wi-Fi: " + ssid + " is not there (" + reason + "); trying again");
    // No board tells its sockets, and the address may be another one next time.
    abort(node.client, NETWORK_DOWN);
  }
}

/** The only timer of the node: it re-arms itself first, so that nothing that follows can stop it. */
function everySecond(node: Node): void {
  setTimeout(() => everySecond(node), 1000);
  node.uptime++;
  // After running out of memory the stream may lack bytes.
  if (E.getErrorFlags().indexOf("MEMORY") >= 0) abort(node.client, QUOTA_EXCEEDED);
  node.station.tick();
  tick(node.client);
  if (node.client.connected) node.withoutBroker = 0;
  else if (++node.withoutBroker >= REJOIN_AFTER) {
    node.withoutBroker = 0;
    node.station.rejoin();
  }
  if (--node.untilSample <= 0) sample(node);
  if (--node.untilDiag <= 0 && node.client.connected) tellDiagnostics(node);
  if (node.untilRestart && !--node.untilRestart) node.board.restart();
}

/** The options of the node's client. `node` is not whole yet when this runs, and is when a handler does. */
function clientOptions(node: Node): ClientOptions {
  const broker = node.config.broker;
  const queue = node.config.queue || {};
  return {
    link: node.board.createLink(),
    host: broker.host,
    port: broker.port || 1883,
    clientId: broker.clientId || "ristretto-" + node.board.id(),
    clean: broker.clean,
    keepalive: broker.keepalive,
    username: broker.username,
    password: broker.password,
    will: { topic: node.base + "/status", payload: "offline", qos: 1, retain: true },
    queueLimit: queue.limit,
    queueBytes: queue.bytes,
    queuePolicy: queue.policy,
    onConnect() {
      print("MQTT: connected to " + broker.host);
      node.untilDiag = 0;
      tell(node, "status", "online", QOS_1 | RETAIN | FIRST);
    },
    onDisconnect(reasonCode, seconds) {
      // A broker that refuses, or is none, shows that Wi-Fi carries.
      if (reasonCode < NAME_NOT_FOUND && reasonCode !== KEEP_ALIVE_TIMEOUT) node.withoutBroker = 0;
      print("MQTT: " + explain(reasonCode) + (seconds ? "; next attempt in " + seconds + " s" : ""));
    },
    onAcknowledge(packetId) {
      if (!node.untilRestart || packetId !== node.farewellId) return;
      disconnect(node.client);
      node.untilRestart = 2;
    },
    onDrop(reasonCode, _packetId, topic) {
      print(
        "MQTT: lost a message of " + topic + (reasonCode === QUOTA_EXCEEDED ? ": queue full" : ": too large"),
      );
    },
    onSubscribe(topicFilter, reasonCode) {
      if (reasonCode > 1) print("MQTT: the broker refuses " + topicFilter);
    },
  };
}

/** Runs a node with a configuration that `checkConfig` accepts, for as long as the board has power. */
export function startNode(board: Board, config: NodeConfig, drivers: { [type: string]: Driver }): void {
  const node = {
    board,
    config,
    base: config.base || "ristretto/" + board.id(),
    period: config.period,
    untilSample: 1,
    untilDiag: 0,
    withoutBroker: 0,
    uptime: 0,
    skipped: 0,
    isSampling: false,
    untilRestart: 0,
    farewellId: 0,
  } as Node;
  node.sensors = config.sensors.map(function (sensor) {
    return { name: sensor.name || sensor.type, sensor: (drivers[sensor.type] as Driver)(board, sensor) };
  });
  node.client = createClient(clientOptions(node));
  subscribe(node.client, [
    {
      topicFilter: node.base + "/cmd/#",
      onMessage: (topic, payload, flags) => obey(node, topic, payload, flags),
    },
  ]);
  node.station = createStation({
    ssid: config.wifi.ssid,
    password: config.wifi.password || "",
    onChanged: (own, reason) => networkChanged(node, own, reason),
  });
  board.secure();
  if (config.ntp) board.syncClock(config.ntp);
  everySecond(node);
}
