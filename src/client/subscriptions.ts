/** Subscriptions: asked for, remembered, restored when the server lost them, and the way of a message to its handlers. */
import { SUBSCRIBE, TYPE_CONNACK, TYPE_PUBLISH, TYPE_SUBACK, UNSUBSCRIBE } from "../codec/constants.ts";
import { bytesOf, readU16, writeHeader, writeText } from "../codec/fields.ts";
import { FILTERS, LOSSES } from "../limits.ts";
import {
  MALFORMED_PACKET,
  PROTOCOL_ERROR,
  REPEATED_LOSS,
  TOPIC_FILTER_INVALID,
  UNSPECIFIED_ERROR,
} from "../reason.ts";
import { filterOf, matches } from "../topic.ts";
import { ONLINE, send } from "./client.ts";
import type { Client, Taker } from "./client.ts";
import { hear, remember } from "./hear.ts";
import type { MessageHandler, Subscription } from "./options.ts";
import { nextPacketId } from "./queue.ts";

const MISSING = 0;
export const GRANTED = 1;
/** Refused: asked for again on the next connection only. */
export const REFUSED = 2;
/** Unsubscribed here, and the server has not said that it knows. */
const LEAVING = 3;

/** A client that has subscribed. */
type Subscriber = Client & Required<Pick<Client, "_subscriptions" | "_asked">>;

/** Puts `subscription` in the place of another with its filter; a new array, as a handler may run through the old one. */
/*@__TOGETHER__ seldom*/
function replace(client: Client, subscription: Subscription, state: number): void {
  subscription._state = state;
  client._serve = serve;
  client._hear = hear;
  client._heard = {};
  client._subscriptions = (client._subscriptions || [])
    .filter((other) => other.topicFilter !== subscription.topicFilter)
    .concat([subscription]);
}

/**
 * Subscribes, now or on the next connection, and after every reconnect that finds no session; a filter
 * already subscribed to is replaced. Filters travel eight to a packet, the next packet behind the answer to
 * the one before; `onSubscribe` reports each. A refused one is asked for again on the next connection only.
 * The number of subscriptions is not bounded; each stays in memory.
 *
 * Returns 0, or −0x8F when a filter is invalid or needs a QoS that is not there: then none is taken.
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
 * Ends subscriptions by their filters, also for a session that the server keeps while we are away.
 * `onUnsubscribe` reports each once the server knows; messages that still come by it go to the client's
 * `onMessage`. Invalid filters are left out.
 */
export function unsubscribe(client: Client, topicFilters: string[]): void {
  leave(
    client,
    topicFilters.map((topicFilter) => ({ topicFilter })),
  );
}

/** Ends these subscriptions, of which each is a new object. */
export function leave(client: Client, subscriptions: Subscription[]): void {
  subscriptions.forEach(function (subscription) {
    subscription._filter = "";
    if (filterOf(subscription.topicFilter)) replace(client, subscription, LEAVING);
  });
  ask(client as Subscriber);
}

/** Reports the answer for a subscription, or for one that leaves. */
/*@__TOGETHER__ seldom*/
export function report(client: Client, subscription: Subscription, reasonCode: number): void {
  const options = client._options;
  if (subscription._state === LEAVING) {
    if (options.onUnsubscribe) options.onUnsubscribe(subscription.topicFilter, reasonCode);
  } else if (options.onSubscribe) options.onSubscribe(subscription.topicFilter, reasonCode);
}

/**
 * Subscriptions in this state that fit one request; after two losses that may be a filter's fault only the
 * first.
 */
/*@__TOGETHER__ seldom*/
function pick(client: Subscriber, state: number): Subscription[] {
  const wanted = client._subscriptions.filter((subscription) => subscription._state === state);
  return (client._select ? client._select(client, wanted, state) : wanted).slice(
    0,
    client._askLosses > 1 ? 1 : FILTERS,
  );
}

/**
 * Sends one request, when none is under way: an UNSUBSCRIBE for filters that leave, or a SUBSCRIBE for
 * missing ones.
 */
/*@__TOGETHER__ seldom*/
function ask(client: Subscriber): void {
  let state = LEAVING;
  if (client._state !== ONLINE || client._askedId || !client._subscriptions) return;
  let asked = pick(client, state);
  if (!asked[0]) asked = pick(client, (state = MISSING));
  // All is answered: nobody is to blame any more.
  if (!asked[0]) client._askLosses = 0;
  // Who was told of a refusal may have asked, or ended the connection.
  if (!asked[0] || client._askedId || client._state !== ONLINE) return;
  const packetId = (client._askedId = nextPacketId(client));
  let body = bytesOf(packetId >> 8, packetId & 255) + (client._askProperties || "");
  asked.forEach(function (subscription) {
    body +=
      writeText(subscription.topicFilter) +
      (state ? "" : bytesOf((subscription.qos as number) | (subscription._flags as number)));
  });
  client._asked = asked;
  client._askedOn = client.reconnects;
  // The next tick looks what is due.
  client._askDue = client._due = 0;
  send(client, writeHeader(state ? UNSUBSCRIBE : SUBSCRIBE, body.length) + body);
}

/**
 * Counts the losses that the request under way is to blame for; takes the filter out that ended three
 * connections.
 */
function blameFilter(client: Subscriber): void {
  const first = client._asked[0] as Subscription;
  client._askedId = 0;
  client._askLosses = client._isBlamed ? (client._askLosses || 0) + 1 : 0;
  if (client._askLosses === LOSSES) {
    client._askLosses = 0;
    client._heard = {};
    client._subscriptions = client._subscriptions.filter((other) => other !== first);
    report(client, first, REPEATED_LOSS);
  }
}

/** After CONNACK: asks again for what the server does not have. */
function restore(client: Subscriber, sessionPresent: number): void {
  // What was asked for in `onConnect` is on its way.
  if (client._askedId && client._askedOn !== client.reconnects) /*@__SPLICE__*/ blameFilter(client);
  client._subscriptions = client._subscriptions.filter(function (subscription) {
    if (subscription._state === LEAVING) return sessionPresent | client._askedId;
    if (!sessionPresent || subscription._state === REFUSED) subscription._state = MISSING;
    return true;
  });
  ask(client);
}

/** May this answer have these codes: one for each filter, in order? 3.1.1 has none in UNSUBACK. */
function areCodes(client: Subscriber, isSuback: boolean, codes: string): number {
  let failure =
    codes.length === (isSuback || client._askProperties ? client._asked.length : 0) ? 0 : PROTOCOL_ERROR;
  // In 5.0 they were looked at before.
  for (let index = 0; !client._askProperties && index < codes.length; index++) {
    const code = codes.charCodeAt(index);
    if (code > 2 && code !== UNSPECIFIED_ERROR) failure = failure || MALFORMED_PACKET;
  }
  return failure;
}

/** SUBACK (§3.9) or UNSUBACK (§3.11), with its codes from `position` on. */
function answered(client: Subscriber, type: number, body: string, position: number): number {
  const asked = client._asked;
  const codes = body.substr(position);
  const isSuback = type === TYPE_SUBACK;
  if (
    !client._askedId ||
    readU16(body, 0) !== client._askedId ||
    isSuback === ((asked[0] as Subscription)._state === LEAVING)
  )
    return PROTOCOL_ERROR;
  // Nothing of an answer counts that is malformed further on.
  const failure = /*@__SPLICE__*/ areCodes(client, isSuback, codes);
  if (failure) return failure;
  asked.forEach(function (subscription, index) {
    if (isSuback) subscription._state = codes.charCodeAt(index) > 2 ? REFUSED : GRANTED;
  });
  if (!isSuback) client._subscriptions = client._subscriptions.filter((other) => asked.indexOf(other) < 0);
  client._askedId = 0;
  ask(client);
  asked.forEach((subscription, index) => report(client, subscription, codes.charCodeAt(index) || 0));
  return 0;
}

/** Subscriptions that a message to `topic` is for: those that it names, or whose filter fits. */
export function takersOf(client: Client, topic: string): Subscription[] {
  const identifiers = client._identifiers;
  return (client._subscriptions || []).filter(function (subscription) {
    const filter = subscription._filter as string;
    const identifier = identifiers && subscription.subscriptionIdentifier;
    return identifier ? identifiers.indexOf(identifier) >= 0 : filter === topic || matches(filter, topic);
  });
}

/** Hands a message to every matching handler, or to `onMessage`. */
function route(client: Client, flags: number, payload: string): void {
  const topic = client._topic;
  let takers: Taker[] = takersOf(client, topic).filter((subscription) => subscription.onMessage);
  if (!takers[0] && client._options.onMessage) takers = [client._options];
  if (takers.length === 1) /*@__SPLICE__*/ remember(client, flags, takers[0] as Taker);
  // Not forEach, whose calls would stand on the stack below the handler's.
  for (let index = 0; index < takers.length; index++)
    ((takers[index] as Taker).onMessage as MessageHandler)(topic, payload, flags);
}

/** The part of packets that is for subscriptions; one function, as each costs a board variables for good. */
function serve(self: Client, type: number, text: string, number: number): number {
  const client = self as Subscriber;
  if (type === TYPE_PUBLISH) {
    /*@__SPLICE__*/ route(client, number, text);
    return 0;
  }
  if (type !== TYPE_CONNACK) return /*@__SPLICE__*/ answered(client, type, text, number);
  /*@__SPLICE__*/ restore(client, number);
  return 0;
}
