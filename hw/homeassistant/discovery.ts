/**
 * Home Assistant's MQTT discovery: the node announces what it measures, in the form of
 * https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, and appears there as a device with an entity for each value.
 *
 * Below the prefix, retained, one message an entity: `sensor/ristretto_<id>/<sensor>-<quantity>/config`, the same for
 * `rssi`, `uptime` and `free` of `diag`, and `button/ristretto_<id>/restart/config`. Each is made when it is sent, and the
 * next follows its acknowledgement, so that none of them is kept. Below the node's base, retained, `<sensor>/status`:
 * `offline` while a sensor has a fault, so that no entity shows what is not measured any more. And `<sensor>/state`, the last of
 * each quantity, for sensors of which a chain may keep values back for long: others are shown by `state`.
 */
import { QOS_1, RETAIN } from "../../src/index.ts";
import type { SensorConfig } from "../config.ts";
import { WHOLE } from "../node/announcer.ts";
import type { Announcer, Announcers } from "../node/announcer.ts";
import { client, publishBelow } from "../node/publishing.ts";
import type { NamedSensor } from "../node/sampler.ts";
import { self } from "../node/self.ts";
import { entityOf } from "./entity.ts";
import type { Device } from "./entity.ts";
import { announcedOf, takeReading } from "./sensors.ts";
import type { Announced } from "./sensors.ts";

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
  /** Exists where only signed commands are obeyed. */
  _isSigned?: boolean;
  /** Uptime in seconds from which on entities may be announced. */
  _from: number;
}

// A board runs one node, so its state stands here.
let discovery: Discovery;

/** Announces the next entity; when there is none any more, all sensors take a sample for them to show. */
function announceNext(): number {
  const at = discovery._next;
  let nth = at;
  let announced: Announced | undefined;
  let quantity: string | undefined;
  discovery._sensors.forEach(function (sensor) {
    const quantities = (sensor._quantities as string).split(",");
    quantities.pop();
    if (nth >= 0 && nth < quantities.length) {
      announced = sensor;
      quantity = quantities[nth];
    }
    nth -= quantities.length;
  });
  if (!announced) quantity = ["rssi", "uptime", "free", "restart"][nth];
  if (!quantity) {
    discovery._next = -1;
    discovery._sensors.forEach(function (sensor) {
      sensor._named._due = Math.min(sensor._named._due, SETTLE);
    });
    return 0;
  }
  const filter = discovery.topicFilter;
  const id = discovery._node;
  const object = (announced ? announced._named._name + "-" : "") + quantity;
  const packetId = publishBelow(
    filter.substr(0, filter.length - 6) +
      (quantity === "restart" ? "button/" : "sensor/") +
      id +
      "/" +
      object +
      "/config",
    // The button is taken back where nothing that it says would be obeyed.
    discovery._isSigned && quantity === "restart" ? "" : entityOf(discovery, id, object, quantity, announced),
    QOS_1 | RETAIN | WHOLE,
  );
  if (packetId < 0) discovery._from = self._uptime + PATIENCE;
  else discovery._next = at + 1;
  return packetId;
}

/** Publishes what is new of a sensor: whether it works, and of one with irregular readings the last of each quantity. */
function publishSensor(announced: Announced): number {
  const name = announced._named._name;
  const status = announced._quantities === undefined ? 0 : announced._named._fault ? 2 : 1;
  let packetId = 0;
  if (status && announced._status !== status) {
    packetId = publishBelow(name + "/status", status > 1 ? "offline" : "online", QOS_1 | RETAIN);
    announced._status = packetId < 0 ? 0 : status;
  } else if (announced._last && !announced._isLastPublished) {
    packetId = publishBelow(name + "/state", JSON.stringify(announced._last), QOS_1 | RETAIN);
    announced._isLastPublished = packetId >= 0;
  }
  return packetId;
}

/** Has all sensors publish anew what they are: what is shown of them is of before, or one of it was lost. */
function renew(): void {
  discovery._sensors.forEach(function (announced) {
    announced._status = 0;
    announced._isLastPublished = false;
    if (discovery._reconnects >= 0) announced._named._due = Math.min(announced._named._due, 1);
  });
  if (discovery._reconnects < 0 && discovery._next > 0) discovery._next--;
  discovery._reconnects = client.reconnects;
}

/** Publishes what is due next: sensors' status where it changed, and the next entity when its turn has come. */
function publishDue(): number {
  let packetId = 0;
  let areKnown = true;
  if (discovery._reconnects !== client.reconnects) renew();
  for (let nth = 0; discovery._sensors[nth]; nth++) {
    const announced = discovery._sensors[nth] as Announced;
    packetId = publishSensor(announced);
    if (packetId) return packetId;
    if (announced._quantities === undefined) areKnown = false;
  }
  if (!areKnown || discovery._next < 0 || self._uptime < discovery._from) return 0;
  if (process.memory().free >= MEMORY_RESERVE) return announceNext();
  discovery._from = self._uptime + PATIENCE;
  return 0;
}

/** A sensor answered: what it has reported for the first time is announced, with all the others. */
function heard(named: NamedSensor, members: string): void {
  for (let nth = 0; discovery._sensors[nth]; nth++) {
    const announced = discovery._sensors[nth] as Announced;
    if (announced._named === named && takeReading(announced, members)) discovery._next = 0;
  }
}

/** Home Assistant started, and asks for all that there is; what the server had retained says nothing of now. */
function born(_topic: string, payload: string, flags: number): void {
  if (flags & RETAIN || payload !== "online") return;
  discovery._next = 0;
  discovery._from = self._uptime + Math.floor(Math.random() * (JITTER + 1));
}

/** Lists what announces a node, by the words of its configuration: a table of the build, like that of the drivers. */
export function announcers(): Announcers {
  return {
    discovery: (config, board, sensors) => {
      discovery = {
        topicFilter: ((config.discovery as Chosen).prefix || "homeassistant") + "/status",
        onMessage: born,
        _heard: heard,
        _publish: publishDue,
        _next: 0,
        _from: 0,
        _reconnects: -1,
        // Not the board, which would stay for them.
        _node: "ristretto_" + board.id(),
        _model: board.name,
        _sensors: sensors.map((named, index) => announcedOf(named, config.sensors[index] as SensorConfig)),
        _name: (config.discovery as Chosen).name,
      };
      if (config.key) discovery._isSigned = true;
      return discovery;
    },
  };
}
