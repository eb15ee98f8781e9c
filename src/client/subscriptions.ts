/** Subscriptions: asked for, remembered, restored when the server lost them, and the way of a message to its handlers. */
import { encodeSubscribe, encodeUnsubscribe } from "../codec/encode.ts";
import { readU16 } from "../codec/fields.ts";
import { MALFORMED_PACKET, PROTOCOL_ERROR, TOPIC_FILTER_INVALID, UNSPECIFIED_ERROR } from "../reason.ts";
import { filterOf, isTopicFilter, isTopicName, matches } from "../topic.ts";
import { abort, ONLINE, send } from "./client.ts";
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
const ASKED = 1;
const GRANTED = 2;
/** Refused: asked for again on the next connection only. */
const REFUSED = 3;

/**
 * Subscribes, now and after every reconnect that finds no session; a filter already subscribed to is replaced. All
 * filters travel in one packet; `onSubscribe` reports each. Returns 0, or −0x8F when one is invalid: then none is taken.
 */
export function subscribe(client: Client, subscriptions: Subscription[]): number {
  for (let index = 0; index < subscriptions.length; index++) {
    if (!isTopicFilter((subscriptions[index] as Subscription).topicFilter)) return -TOPIC_FILTER_INVALID;
  }
  for (let index = 0; index < subscriptions.length; index++) {
    const subscription = subscriptions[index] as Subscription;
    forget(client, subscription.topicFilter);
    subscription._state = MISSING;
    subscription._filter = filterOf(subscription.topicFilter);
    client._subscriptions.push(subscription);
  }
  request(client);
  return 0;
}

/** Ends subscriptions, also for a session that the server keeps while we are away. `onUnsubscribe` reports them. */
export function unsubscribe(client: Client, topicFilters: string[]): void {
  for (let index = 0; index < topicFilters.length; index++) {
    forget(client, topicFilters[index] as string);
    client._removed.push(topicFilters[index] as string);
  }
  release(client);
}

/** Takes a filter out of both lists; new arrays, because a handler may be running through the old ones. */
function forget(client: Client, topicFilter: string): void {
  client._subscriptions = client._subscriptions.filter((other) => other.topicFilter !== topicFilter);
  client._removed = client._removed.filter((other) => other !== topicFilter);
}

/** Sends one SUBSCRIBE for all filters the server was not asked for; the next only when this one is answered. */
function request(client: Client): void {
  const missing = client._subscriptions.filter((subscription) => !subscription._state);
  if (client._state !== ONLINE || client._asked.length || !missing.length) return;
  for (let index = 0; index < missing.length; index++) (missing[index] as Subscription)._state = ASKED;
  client._asked = missing;
  client._askedId = nextPacketId(client);
  send(client, encodeSubscribe(client._askedId, missing));
}

/** Sends one UNSUBSCRIBE for all filters whose end the server has not acknowledged. */
function release(client: Client): void {
  if (client._state !== ONLINE || !client._removed.length) return;
  client._removedId = nextPacketId(client);
  send(client, encodeUnsubscribe(client._removedId, client._removed));
}

/** After CONNACK: asks again for what the server does not have. */
export function restore(client: Client, sessionPresent: boolean): void {
  for (let index = 0; index < client._subscriptions.length; index++) {
    const subscription = client._subscriptions[index] as Subscription;
    if (!sessionPresent || subscription._state !== GRANTED) subscription._state = MISSING;
  }
  client._asked = [];
  if (!sessionPresent) client._removed = [];
  request(client);
  release(client);
}

/** SUBACK (§3.9): one code for each filter of the SUBSCRIBE, in order. */
export function handleSuback(client: Client, _first: number, body: string): void {
  const asked = client._asked;
  if (readU16(body, 0) !== client._askedId || body.length !== asked.length + 2 || !asked.length) {
    return abort(client, PROTOCOL_ERROR);
  }
  for (let index = 0; index < asked.length; index++) {
    const reasonCode = body.charCodeAt(2 + index);
    if (reasonCode > 2 && reasonCode !== UNSPECIFIED_ERROR) return abort(client, MALFORMED_PACKET);
    (asked[index] as Subscription)._state = reasonCode < UNSPECIFIED_ERROR ? GRANTED : REFUSED;
  }
  client._asked = [];
  request(client);
  if (!client._options.onSubscribe) return;
  for (let index = 0; index < asked.length; index++) {
    client._options.onSubscribe((asked[index] as Subscription).topicFilter, body.charCodeAt(2 + index));
  }
}

/** UNSUBACK (§3.11). */
export function handleUnsuback(client: Client, _first: number, body: string): void {
  if (body.length !== 2) return abort(client, MALFORMED_PACKET);
  if (readU16(body, 0) !== client._removedId) return;
  const removed = client._removed;
  client._removed = [];
  if (client._options.onUnsubscribe) client._options.onUnsubscribe(removed);
}

/**
 * Hands a message to every matching handler. The topic is checked for wildcards and UTF-8 only when no filter equals it.
 */
export function route(client: Client, topic: string, payload: string, flags: number): void {
  const subscriptions = client._subscriptions;
  const otherwise = client._options.onMessage;
  let taken = false;
  let checked = false;
  for (let index = 0; index < subscriptions.length; index++) {
    const subscription = subscriptions[index] as Subscription;
    const filter = subscription._filter as string;
    if (filter !== topic) {
      if (!checked && !isTopicName(topic)) return abort(client, MALFORMED_PACKET);
      checked = true;
      if (!matches(filter, topic)) continue;
    }
    if (subscription.onMessage) {
      taken = true;
      subscription.onMessage(topic, payload, flags);
    }
  }
  if (taken || !otherwise) return;
  if (!checked && !isTopicName(topic)) return abort(client, MALFORMED_PACKET);
  otherwise(topic, payload, flags);
}
