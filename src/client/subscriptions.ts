/** Subscriptions: asked for, remembered, restored when the server lost them, and the way of a message to its handlers. */
import {
  SUBSCRIBE,
  TYPE_CONNACK,
  TYPE_PUBLISH,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
  UNSUBSCRIBE,
} from "../codec/constants.ts";
import { bytesOf, readU16, writeHeader, writeText } from "../codec/fields.ts";
import { MALFORMED_PACKET, PROTOCOL_ERROR, TOPIC_FILTER_INVALID, UNSPECIFIED_ERROR } from "../reason.ts";
import { filterOf, matches } from "../topic.ts";
import { ONLINE, send } from "./client.ts";
import type { Client, MessageHandler, PieceHandler, Taker } from "./client.ts";
import { nextPacketId } from "./queue.ts";

/** One subscription; the client keeps the object, so leave it unchanged until it is unsubscribed. */
export interface Subscription {
  /** 1…65535 bytes of UTF-8, with `+`, `#` and `$share/group/…` as the standard has them (MQTT 3.1.1 §4.7, 5.0 §4.8.2). */
  topicFilter: string;
  /** Highest QoS the server may send with; 0 (default), 1, or 2 after `enableQos2`. */
  qos?: 0 | 1 | 2;
  /** MQTT 5.0 (`subscribeWith`): 1…268 435 455, by which messages find their way here; default none. */
  subscriptionIdentifier?: number;
  /** Takes the messages of this filter; without it they go to the client's `onMessage`. */
  onMessage?: MessageHandler;
  /** With `enablePieces`: takes messages of any size in pieces, instead of `onMessage`. */
  onPiece?: PieceHandler;
  /** What the server knows of it: one of the states below. */
  _state?: number;
  /** What topics are compared with; empty when it takes none. */
  _filter?: string;
  /** The options of MQTT 5.0 besides the QoS, as they stand in the packet. */
  _flags?: number;
}

const MISSING = 0;
export const GRANTED = 1;
/** Refused: asked for again on the next connection only. */
export const REFUSED = 2;
/** Unsubscribed here, and the server has not said that it knows. */
const LEAVING = 3;

/** A client that has subscribed. */
type Subscriber = Client & Required<Pick<Client, "_subscriptions" | "_asked">>;

/** Puts `subscription` in the place of another with its filter; a new array, as a handler may run through the old one. */
function replace(client: Client, subscription: Subscription, state: number): void {
  subscription._state = state;
  client._incoming = incoming;
  client._heardSize = -1;
  client._subscriptions = (client._subscriptions || [])
    .filter((other) => other.topicFilter !== subscription.topicFilter)
    .concat([subscription]);
}

/**
 * Subscribes, now or on the next connection, and after every reconnect that finds no session; a filter already subscribed to is
 * replaced. All filters travel in one packet; `onSubscribe` reports each. A refused one is asked for again on the next connection
 * only. The number of subscriptions is not bounded; each stays in memory.
 *
 * Returns 0, or −0x8F when a filter is invalid or wants a QoS that is not there: then none is taken.
 */
export function subscribe(client: Client, subscriptions: Subscription[]): number {
  const areValid = subscriptions.every(function (subscription) {
    subscription._filter = filterOf(subscription.topicFilter);
    return subscription._filter && !((subscription.qos as number) * 2 > client._maximumQos);
  });
  if (!areValid) return -TOPIC_FILTER_INVALID;
  subscriptions.forEach((subscription) => replace(client, subscription, MISSING));
  ask(client as Subscriber);
  return 0;
}

/**
 * Ends subscriptions by their filters, also for a session that the server keeps while we are away. `onUnsubscribe` reports each once
 * the server knows; messages that still come by it go to the client's `onMessage`. What is no topic filter is left out.
 */
export function unsubscribe(client: Client, topicFilters: string[]): void {
  topicFilters
    .filter(filterOf)
    .forEach((topicFilter) => replace(client, { topicFilter, _filter: "" }, LEAVING));
  ask(client as Subscriber);
}

/** Sends one request, when none is under way: an UNSUBSCRIBE for all filters that leave, or a SUBSCRIBE for all missing. */
function ask(client: Subscriber): void {
  let state = LEAVING;
  let asked!: Subscription[];
  const pick = function (): unknown {
    asked = client._subscriptions.filter((subscription) => subscription._state === state);
    if (client._select) asked = client._select(client, asked, state);
    return asked[0];
  };
  if (client._state !== ONLINE || client._askedId || !client._subscriptions) return;
  if (!pick()) {
    state = MISSING;
    if (!pick()) return;
  }
  const packetId = (client._askedId = nextPacketId(client));
  let body = bytesOf(packetId >> 8, packetId & 255) + (client._askProperties || "");
  asked.forEach(function (subscription) {
    body +=
      writeText(subscription.topicFilter) +
      (state ? "" : bytesOf((subscription.qos as number) | (subscription._flags as number)));
  });
  client._asked = asked;
  client._askedOn = client._inflight;
  send(client, writeHeader(state ? UNSUBSCRIBE : SUBSCRIBE, body.length) + body);
}

/** After CONNACK: asks again for what the server does not have. */
function restore(client: Subscriber, sessionPresent: number): void {
  // What was asked for in `onConnect` is on its way.
  if (client._askedOn !== client._inflight) client._askedId = 0;
  client._subscriptions = client._subscriptions.filter(function (subscription) {
    if (subscription._state === LEAVING) return sessionPresent | client._askedId;
    if (!sessionPresent || subscription._state === REFUSED) subscription._state = MISSING;
    return true;
  });
  ask(client);
}

/**
 * SUBACK (§3.9), which has one code for each filter in order, or UNSUBACK (§3.11). Returns a reason code to disconnect
 * with, or 0.
 */
function answered(client: Subscriber, type: number, body: string): number {
  const asked = client._asked;
  const options = client._options;
  const isSuback = type === TYPE_SUBACK;
  if (
    !client._askedId ||
    readU16(body, 0) !== client._askedId ||
    // In 5.0 UNSUBACK has codes too.
    body.length !== (isSuback || client._askProperties ? asked.length + 2 : 2) ||
    isSuback === ((asked[0] as Subscription)._state === LEAVING)
  ) {
    return PROTOCOL_ERROR;
  }
  for (let index = 0; isSuback && index < asked.length; index++) {
    const reasonCode = body.charCodeAt(2 + index);
    // In 5.0 they were looked at before.
    if (reasonCode > 2 && reasonCode !== UNSPECIFIED_ERROR && !client._askProperties) return MALFORMED_PACKET;
  }
  // Nothing of an answer counts that is malformed further on.
  for (let index = 0; isSuback && index < asked.length; index++)
    (asked[index] as Subscription)._state = body.charCodeAt(2 + index) > 2 ? REFUSED : GRANTED;
  if (!isSuback) client._subscriptions = client._subscriptions.filter((other) => asked.indexOf(other) < 0);
  client._askedId = 0;
  ask(client);
  asked.forEach(function (subscription, index) {
    const topicFilter = subscription.topicFilter;
    const reasonCode = body.charCodeAt(2 + index) || 0;
    if (!isSuback) {
      if (options.onUnsubscribe) options.onUnsubscribe(topicFilter, reasonCode);
    } else if (options.onSubscribe) options.onSubscribe(topicFilter, reasonCode);
  });
  return 0;
}

/** Hands a message to every matching handler, or to `onMessage`. */
function route(client: Subscriber, first: number, topic: string, payload: string): number {
  let takers: Taker[] = client._subscriptions.filter(function (subscription) {
    const filter = subscription._filter as string;
    const identifier = client._identifiers && subscription.subscriptionIdentifier;
    return (
      subscription.onMessage &&
      (identifier
        ? (client._identifiers as unknown[]).indexOf(identifier) >= 0
        : filter === topic || matches(filter, topic))
    );
  });
  if (!takers[0] && client._options.onMessage) takers = [client._options];
  client._taker = takers[0] as Taker;
  if (takers.length !== 1) client._heardSize = -1;
  // Not forEach, whose calls would stand on the stack below the handler's.
  for (let index = 0; index < takers.length; index++)
    ((takers[index] as Taker).onMessage as MessageHandler)(topic, payload, first & 15);
  return 0;
}

/** What takes the core's place from the first subscription on. */
function incoming(client: Client, first: number, body: string, payload: string): number {
  const subscriber = client as Subscriber;
  const type = first >> 4;
  if (type === TYPE_PUBLISH) return route(subscriber, first, body, payload);
  if (type === TYPE_SUBACK || type === TYPE_UNSUBACK) return answered(subscriber, type, body);
  if (type === TYPE_CONNACK) restore(subscriber, first & 1);
  return PROTOCOL_ERROR;
}
