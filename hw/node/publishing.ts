/** The client of the node, its options, and how it publishes below its base. */
import { createClient, publish } from "../../src/index.ts";
import type { Client, ClientOptions, Subscription } from "../../src/index.ts";
import type { Board } from "../board.ts";
import type { NodeConfig } from "../config.ts";
import { REFUSED_FILTER } from "../lines.ts";
import { WHOLE } from "./announcer.ts";
import type { AnnouncedOptions } from "./announcer.ts";

/** Free variables below which no sample is taken: running out of them breaks more than a missing reading. */
export const MEMORY_RESERVE = 100;

// A board runs one node, so its state stands here: no record to hand on, no closures.
export let client: Client;

/** Counts free variables. Garbage is collected only when it matters. */
export function freeVariables(): number {
  const free = process.memory(false).free;
  return free < MEMORY_RESERVE * 2 ? process.memory().free : free;
}

// What stands in a record of its own and not under a name has one variable less. The start fills in what
// the configuration says, and the modules of the node what they do.

/** The client's. */
export const options = {
  host: "",
  port: 1883,
  memory: freeVariables,
  onSubscribe(topicFilter, reasonCode) {
    if (reasonCode > 1) print(REFUSED_FILTER + topicFilter);
  },
} as Partial<AnnouncedOptions> as AnnouncedOptions;

/** Commands that the node obeys, and the place where its base is kept. */
export const commands: Subscription = { topicFilter: "" } as Subscription;

/**
 * Has the server publish `offline` when it loses the node. The will is there only until a connection stands:
 * it takes memory.
 */
/*@__TOGETHER__ rare*/
export function setWill(): void {
  const filter = commands.topicFilter;
  const topic = filter.substr(0, filter.length - 5) + "status";
  options.will = { topic, payload: "offline", qos: 1, retain: true };
}

/** Publishes below the node's base, which is kept in `<base>/cmd/#` only; with the flag WHOLE anywhere. */
export function publishBelow(topic: string, payload: string, flags: number): number {
  const filter = commands.topicFilter;
  return publish(client, flags & WHOLE ? topic : filter.substr(0, filter.length - 5) + topic, payload, flags);
}

/** Fills in the options of the client: the configuration's `broker` shares their names, and has the link. */
function setOptions(board: Board, config: NodeConfig): void {
  const broker = config.broker as ClientOptions;
  const queue = config.queue || {};
  Object.keys(broker).forEach(function (name) {
    options[name as "host"] = broker[name as "host"];
  });
  options.clientId = broker.clientId || "ristretto-" + board.id();
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
