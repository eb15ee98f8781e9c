/**
 * The words of the node: below its base, with its time, and in order where it has to wait for a connection.
 */
import { createClient, publish, QOS_1 } from "../src/index.ts";
import type { Client, ClientOptions, Subscription } from "../src/index.ts";
import { WHOLE } from "./announcer.ts";
import type { AnnouncedOptions } from "./announcer.ts";
import { putLate, takeLate } from "./backlog.ts";
import type { Backlog } from "./backlog.ts";
import type { Board } from "./board.ts";
import { timestamp } from "./clock.ts";
import type { NodeConfig } from "./config.ts";
import { explainLoss } from "./messages.ts";

/** Free variables below which no sample is taken: running out of them breaks more than a missing reading. */
export const MEMORY_RESERVE = 100;
// A board runs one node, so its state stands here: no record to hand on, no closures.
export let client: Client;
/** Readings and faults that wait for a connection; exists while there are any. */
export let late: Backlog | undefined;
/**
 * 1 until something was acknowledged: that is told on the console, so the first readings wait for it one by
 * one.
 */
let isNew = 1;
/** How many of them may wait; 0: as many as the board's memory allows. */
let lateLimit = 0;
/** Readings that waited for too long. */
export let outdated = 0;

/** Garbage is collected only when it matters. */
export function freeVariables(): number {
  const free = process.memory(false).free;
  return free < MEMORY_RESERVE * 2 ? process.memory().free : free;
}

// What stands in a record of its own and not under a name has one variable less. The start fills in what
// the configuration says, and node.ts what it does.

/** The client's. */
export const options = {
  host: "",
  port: 1883,
  memory: freeVariables,
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

/** Commands that the node obeys, and the place where its base is kept. */
export const commands: Subscription = { topicFilter: "" } as Subscription;

/**
 * Has the server tell `offline` when it loses the node. The will is there only until a connection stands:
 * it takes memory.
 */
/*@__TOGETHER__ seldom*/
export function setWill(): void {
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
 * Publishes the members of a JSON object with their time, or keeps them until there is a connection:
 * readings that are new need not wait for old ones, but what else is told stays in its place among them.
 * With `taken` it is an old one whose turn it is. Returns as `publish` does.
 */
export function report(topic: string, members: string, taken: number): number {
  const at = taken || Math.floor(getTime()) || 1;
  if (taken || (client.connected && !isNew && (!late || topic === "state"))) {
    const time = /*@__SPLICE__*/ timestamp(at);
    return tell(topic, "{" + members + "," + time + "}", QOS_1);
  }
  // A variable, without which the build would make one expression of all this: what stands behind a
  // `return` is not read.
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
  outdated += putLate(late, topic + "?" + members, at, limit, options.queuePolicy === "drop-newest");
  members = ""; // the function above holds on to it
  return 0;
}

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

/** Makes the client of a node with this configuration. */
export function makeClient(board: Board, config: NodeConfig): void {
  /*@__SPLICE__*/ setOptions(board, config);
  commands.topicFilter = (config.base || "ristretto/" + board.id()) + "/cmd/#";
  setWill();
  client = createClient(options);
}
