/**
 * Home Assistant's MQTT discovery: the node tells what it measures, in the form of
 * https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, and appears there as a device with an entity for each value.
 *
 * Below the prefix, retained, one message an entity: `sensor/ristretto_<id>/<sensor>-<quantity>/config`, the same for
 * `rssi`, `uptime` and `free` of `diag`, and `button/ristretto_<id>/restart/config`. Each is made when it is sent, and the
 * next follows its acknowledgement, so that none of them is kept. Below the node's base, retained, `<sensor>/status`:
 * `offline` while a sensor has a fault, so that no entity shows what is not measured any more. And `<sensor>/state`, the last of
 * each quantity, for sensors of which a chain may keep values back for long: others are shown by `state`.
 */
import { QOS_1, RETAIN } from "../src/index.ts";
import type { Client } from "../src/index.ts";
import { WHOLE } from "./announcer.ts";
import type { Announcer, Announcers } from "./announcer.ts";
import type { SensorConfig } from "./config.ts";
import { entityOf } from "./entity.ts";
import type { Device } from "./entity.ts";
import { tell } from "./report.ts";
import type { NamedSensor } from "./sampler.ts";
import type { Reading } from "./sensors/sensor.ts";

/** Seconds from the last entity to the next sample, whose reading all of them show: Home Assistant subscribes until then. */
const SETTLE = 3;
/** Seconds after which an entity is announced that there was no room for. */
const PATIENCE = 60;
/** Variables that must be free for an entity to be announced: its packet is there four times for a moment. */
const MEMORY_RESERVE = 500;
/** Home Assistant starts with all nodes of a house: each answers after so many seconds at most. */
const JITTER = 10;

/** The member of the configuration, as an object. */
interface Chosen {
  prefix?: string;
  name?: string;
}

interface Discovery extends Announcer, Device {
  _client: Client;
  /** Seconds in which nothing is announced. */
  _wait: number;
  /** Reconnects for which sensors told their status; −1 before the first. */
  _reconnects: number;
}

// A board runs one node, so its state stands here.
let discovery: Discovery;

/** The entity that was announced has arrived. */
function arrived(packetId: number): void {
  if (packetId === discovery._id) delete discovery._options.onAcknowledge;
}

/** Announces the next entity; when there is none any more, all sensors take a sample for them to show. */
function announceNext(): void {
  const at = discovery._next;
  let nth = at;
  let named: NamedSensor | undefined;
  let quantity: string | undefined;
  discovery._sensors.forEach(function (sensor) {
    const quantities = (sensor._quantities as string).split(",");
    quantities.pop();
    if (nth >= 0 && nth < quantities.length) {
      named = sensor;
      quantity = quantities[nth];
    }
    nth -= quantities.length;
  });
  if (!named) quantity = ["rssi", "uptime", "free", "restart"][nth];
  if (!quantity) {
    discovery._next = -1;
    discovery._sensors.forEach((sensor) => (sensor._due = Math.min(sensor._due, SETTLE)));
    return;
  }
  const filter = discovery.topicFilter;
  const id = discovery._node;
  const object = (named ? named._name + "-" : "") + quantity;
  const packetId = tell(
    filter.substr(0, filter.length - 6) +
      (quantity === "restart" ? "button/" : "sensor/") +
      id +
      "/" +
      object +
      "/config",
    entityOf(discovery, id, object, quantity, named),
    QOS_1 | RETAIN | WHOLE,
  );
  if (packetId < 0) discovery._wait = PATIENCE;
  else {
    discovery._next = at + 1;
    discovery._id = packetId;
    discovery._options.onAcknowledge = arrived;
  }
}

/** Passes a second with a connection: tells sensors' status where it changed, and the next entity when its turn has come. */
function tick(): void {
  let areKnown = true;
  const isNew = discovery._reconnects !== discovery._client.reconnects;
  discovery._sensors.forEach(function (named) {
    const status = named._quantities === undefined ? 0 : named._fault ? 2 : 1;
    if (!status) areKnown = false;
    else if (named._status !== status || isNew) {
      const packetId = tell(named._name + "/status", status > 1 ? "offline" : "online", QOS_1 | RETAIN);
      named._status = packetId < 0 ? 0 : status;
    }
    if (named._last && (!named._isLastTold || isNew))
      named._isLastTold = tell(named._name + "/state", JSON.stringify(named._last), QOS_1 | RETAIN) >= 0;
    // What is shown is of before the outage.
    if (isNew && discovery._reconnects >= 0) named._due = Math.min(named._due, 1);
  });
  discovery._reconnects = discovery._client.reconnects;
  if (!areKnown || discovery._next < 0) return;
  const options = discovery._options;
  // What waits goes first; and the last entity has to arrive, or to be lost.
  const isFree = !options.onAcknowledge || (options.onAcknowledge === arrived && !discovery._id);
  if (discovery._wait) discovery._wait--;
  else if (isFree) {
    if (process.memory().free < MEMORY_RESERVE) discovery._wait = PATIENCE;
    else announceNext();
  }
}

/** A sensor answered: what it has told for the first time is announced, with all the others. */
function heard(named: NamedSensor, members: string): void {
  let quantities = named._quantities || "";
  const pieces = members.split('"');
  for (let nth = 1; nth < pieces.length; nth += 2) {
    const quantity = pieces[nth] as string;
    if (quantities.split(",").indexOf(quantity) < 0) {
      quantities += quantity + ",";
      discovery._next = 0;
    }
  }
  named._quantities = quantities;
  if (named._isIrregular && members) {
    const values = JSON.parse("{" + members + "}") as Reading;
    const last: Reading = named._last || {};
    Object.keys(values).forEach((quantity) => (last[quantity] = values[quantity]));
    named._last = last;
    named._isLastTold = false;
  }
}

/** Home Assistant started, and asks for all that there is; what the server had retained says nothing of now. */
function born(_topic: string, payload: string, flags: number): void {
  if (flags & RETAIN || payload !== "online") return;
  discovery._next = 0;
  discovery._wait = Math.floor(Math.random() * (JITTER + 1));
}

/** What announces a node, by the words of its configuration: a table of the build, like that of the drivers. */
export function announcers(): Announcers {
  return {
    discovery: (config, board, client, options, sensors) => {
      discovery = {
        topicFilter: ((config.discovery as Chosen).prefix || "homeassistant") + "/status",
        onMessage: born,
        _heard: heard,
        _tick: tick,
        _next: 0,
        _id: -1,
        _wait: 0,
        _reconnects: -1,
        // Not the board, which would stay for them.
        _node: "ristretto_" + board.id(),
        _model: board.name,
        _client: client,
        _options: options,
        _sensors: sensors,
        _name: (config.discovery as Chosen).name,
      };
      sensors.forEach(function (named, index) {
        const sensor = config.sensors[index] as SensorConfig;
        const chain = sensor.chain ? JSON.stringify(sensor.chain) : "";
        if (sensor.units) named._units = sensor.units as { [quantity: string]: string };
        if (["transducer", "current-loop", "hx711"].indexOf(sensor.type) >= 0) named._isInVessel = true;
        // With these steps nobody knows when the next value comes.
        if (["delta", "throttle", "every"].some((word) => chain.split('"' + word + '"').length > 1))
          named._isIrregular = true;
      });
      return discovery;
    },
  };
}
