/** Subscriptions: asked for, remembered, restored when the server lost them, and the way of a message to its handlers. */
import { encodeSubscribe, encodeUnsubscribe } from "../codec/encode.ts";
import { readU16 } from "../codec/fields.ts";
import { MALFORMED_PACKET, PROTOCOL_ERROR, TOPIC_FILTER_INVALID, UNSPECIFIED_ERROR } from "../reason.ts";
import { filterOf, isTopicName, matches } from "../topic.ts";
import { ONLINE, send } from "./client.ts";
import type { Client, MessageHandler } from "./client.ts";
import { nextPacketId } from "./session.ts";

/** One subscription; the client keeps the object, so leave it unchanged until it is unsubscribed. */
export interface Subscription {
  /** With `+`, `#` and `$share/group/…` as the standard has them. */
  topicFilter: string;
  /** Highest QoS the server may send with; 0 (default) or 1. */
  qos?: 0 | 1;
  /** Takes the messages of this filter; without it they go to the client's `onMessage`. */
  onMessage?: MessageHandler;
  /** What the server knows of it: one of the states below. */
  _state?: number;
  /** What topics are compared with. */
  _filter?: string;
}

const MISSING = 0;
const GRANTED = 1;
/** Refused: asked for again on the next connection only. */
const REFUSED = 2;

/**
 * Subscribes, now and after every reconnect that finds no session; a filter already subscribed to is replaced. All
 * filters travel in one packet; `onSubscribe` reports each. Returns 0, or −0x8F when a filter is invalid
 * or wants more than QoS 1: then none is taken.
 */
export function subscribe(client: Client, subscriptions: Subscription[]): number {
  const areValid = subscriptions.every(function (subscription) {
    subscription._filter = filterOf(subscription.topicFilter);
    return subscription._filter && !((subscription.qos as number) > 1);
  });
  if (!areValid) return -TOPIC_FILTER_INVALID;
  subscriptions.forEach(function (subscription) {
    forget(client, subscription.topicFilter);
    subscription._state = MISSING;
    client._subscriptions.push(subscription);
  });
  ask(client);
  return 0;
}

/** Ends subscriptions, also for a session that the server keeps while we are away. `onUnsubscribe` reports them. */
export function unsubscribe(client: Client, topicFilters: string[]): void {
  topicFilters.forEach(function (topicFilter) {
    forget(client, topicFilter);
    client._removed.push(topicFilter);
  });
  client._removedId = 0;
  ask(client);
}

/** Takes a filter out of both lists; new arrays, because a handler may be running through the old ones. */
function forget(client: Client, topicFilter: string): void {
  client._subscriptions = client._subscriptions.filter((other) => other.topicFilter !== topicFilter);
  client._removed = client._removed.filter((other) => other !== topicFilter);
}

/**
 * Sends one UNSUBSCRIBE for all filters whose end the server has not acknowledged, unless one with all of them is under
 * way, and one SUBSCRIBE for all it was not asked for, once the one before is answered.
 */
function ask(client: Client): void {
  if (client._state !== ONLINE) return;
  if (client._removed.length && !client._removedId) {
    client._removedId = nextPacketId(client);
    send(client, encodeUnsubscribe(client._removedId, client._removed));
  }
  const missing = client._subscriptions.filter((subscription) => subscription._state === MISSING);
  if (missing.length && !client._asked.length) {
    client._asked = missing;
    client._askedId = nextPacketId(client);
    send(client, encodeSubscribe(client._askedId, missing));
  }
}

/** After CONNACK: asks again for what the server does not have. */
export function restore(client: Client, sessionPresent: boolean): void {
  client._subscriptions.forEach(function (subscription) {
    if (!sessionPresent || subscription._state !== GRANTED) subscription._state = MISSING;
  });
  client._asked = [];
  client._askedId = 0;
  if (!sessionPresent) client._removed = [];
  client._removedId = 0;
  ask(client);
}

/** SUBACK (§3.9): one code for each filter of the SUBSCRIBE, in order. Returns a reason code to disconnect with, or 0. */
export function subscribed(client: Client, body: string): number {
  const asked = client._asked;
  if (readU16(body, 0) !== client._askedId || body.length !== asked.length + 2 || !asked.length) {
    return PROTOCOL_ERROR;
  }
  for (let index = 0; index < asked.length; index++) {
    const reasonCode = body.charCodeAt(2 + index);
    if (reasonCode > 2 && reasonCode !== UNSPECIFIED_ERROR) return MALFORMED_PACKET;
    (asked[index] as Subscription)._state = reasonCode < UNSPECIFIED_ERROR ? GRANTED : REFUSED;
  }
  client._asked = [];
  client._askedId = 0;
  ask(client);
  const onSubscribe = client._options.onSubscribe;
  if (onSubscribe)
    asked.forEach((subscription, index) => onSubscribe(subscription.topicFilter, body.charCodeAt(2 + index)));
  return 0;
}

/** UNSUBACK (§3.11); only the last UNSUBSCRIBE names all filters. */
export function unsubscribed(client: Client, packetId: number): number {
  if (packetId && packetId === client._removedId) {
    const removed = client._removed;
    client._removed = [];
    client._removedId = 0;
    if (client._options.onUnsubscribe) client._options.onUnsubscribe(removed);
  }
  return 0;
}

/** Does a filter with a wildcard take this topic? Not when the topic itself has one, or is no UTF-8. */
function fits(filter: string, topic: string): boolean {
  return matches(filter, topic) && isTopicName(topic);
}

/** A message that no subscription took. */
function routeOther(client: Client, topic: string, payload: string, flags: number): number {
  if (!isTopicName(topic)) return MALFORMED_PACKET;
  if (client._options.onMessage) client._options.onMessage(topic, payload, flags);
  return 0;
}

/**
 * Hands a message to every matching handler. A topic that equals a filter needs no further check. Returns a reason code
 * to disconnect with, or 0.
 */
export function route(client: Client, topic: string, payload: string, flags: number): number {
  const subscriptions = client._subscriptions;
  let taken = false;
  for (let index = 0; index < subscriptions.length; index++) {
    const subscription = subscriptions[index] as Subscription;
    const filter = subscription._filter as string;
    if ((filter === topic || fits(filter, topic)) && subscription.onMessage) {
      taken = true;
      subscription.onMessage(topic, payload, flags);
    }
  }
  return taken ? 0 : routeOther(client, topic, payload, flags);
}
