/** Subscriptions with the options, identifiers and properties of MQTT 5.0 (§3.8, §3.10). */
import {
  SHARED_SUBSCRIPTION_AVAILABLE,
  SUBSCRIPTION_IDENTIFIER,
  SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
  WILDCARD_SUBSCRIPTION_AVAILABLE,
} from "../codec/identifiers.ts";
import { readProperty, writeProperties } from "../codec/properties.ts";
import { IN_SUBSCRIBE, IN_UNSUBSCRIBE } from "../codec/property-tables.ts";
import type { Properties } from "../codec/properties.ts";
import { ONLINE } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import type { Subscription } from "../client/options.ts";
import { leave, REFUSED, report, subscribe } from "../client/subscriptions.ts";
import {
  PROTOCOL_ERROR,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
} from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { fit } from "./limits.ts";

/** A subscription of MQTT 5.0 (§3.8.3.1); the client keeps the object, so leave it unchanged until it is unsubscribed. */
export interface Version5Subscription extends Subscription {
  /** Not the messages that this client publishes; not with `$share`. Default false. */
  noLocal?: boolean;
  /** Messages come with RETAIN as they were published; default false: only those that the server had kept. */
  retainAsPublished?: boolean;
  /** Messages that the server keeps come at each subscribing (0, default), at the first only (1), or never (2). */
  retainHandling?: 0 | 1 | 2;
  /** USER_PROPERTY, any number of them; default none. */
  properties?: Properties;
}

const isShared = (subscription: Subscription): boolean => subscription.topicFilter.substr(0, 7) === "$share/";

/** What the server will not have of a subscription: a reason code, or 0. */
function refusalOf(client: Version5Client, subscription: Subscription): number {
  const isMissing = (identifier: number): boolean => readProperty(client.connackProperties, identifier) === 0;
  const filter = subscription.topicFilter;
  if (isShared(subscription) && isMissing(SHARED_SUBSCRIPTION_AVAILABLE))
    return SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
  if (filter.indexOf("+") + filter.indexOf("#") > -2 && isMissing(WILDCARD_SUBSCRIPTION_AVAILABLE))
    return WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
  return subscription.subscriptionIdentifier && isMissing(SUBSCRIPTION_IDENTIFIERS_AVAILABLE)
    ? SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED
    : 0;
}

/**
 * The field of properties that a subscription has in SUBSCRIBE or UNSUBSCRIBE; empty when they cannot be
 * said.
 */
function propertiesOf(subscription: Version5Subscription): string {
  const identifier = subscription.subscriptionIdentifier;
  const list = subscription.properties || [];
  return writeProperties(
    identifier === undefined ? list : ([SUBSCRIPTION_IDENTIFIER, identifier] as Properties).concat(list),
    IN_SUBSCRIBE,
  );
}

/**
 * Of the subscriptions to be asked for, or with a `state` to be ended, those that go into one packet: all
 * with the same properties as the first that the server has room for. Those that it will not have are
 * reported.
 */
function select(client: Client, wanted: Version5Subscription[], state: number): Subscription[] {
  const self = client as Version5Client;
  const isRefused = (subscription: Subscription): boolean => !state && !!refusalOf(self, subscription);
  const refused = wanted.filter(isRefused);
  const asked = wanted.filter((subscription) => !isRefused(subscription));
  const first = asked[0];
  // All before any is told of, as who is told may ask for more.
  refused.forEach((subscription) => (subscription._state = REFUSED));
  refused.forEach((subscription) => report(client, subscription, refusalOf(self, subscription)));
  // Or end the connection.
  if (!first || client._askedId || client._state !== ONLINE) return [];
  const field = (client._askProperties = propertiesOf(first));
  const alike = asked.filter((subscription) => propertiesOf(subscription) === field);
  const picked = fit(client, alike, state);
  const left = asked.filter((subscription) => alike.indexOf(subscription) < 0);
  return picked[0] || !left[0] ? picked : select(client, left, state);
}

/**
 * Subscribes as `subscribe` does, with the options of MQTT 5.0. A subscription with an identifier gets the
 * messages that the server marks with it, the others those that fit their filter. What the server said that
 * it lacks is not asked for: `onSubscribe` reports 0x9E for `$share`, 0xA1 for an identifier, 0xA2 for a
 * wildcard, 0x95 for what is larger than its packets. Where 3.1.1 is spoken the options are left out.
 *
 * Returns what `subscribe` returns, or −0x82 when a property or a retain handling cannot be said, or `noLocal` goes with `$share`
 * [MQTT-3.8.3-4]: then none is taken.
 */
export function subscribeWith(client: Client, subscriptions: Version5Subscription[]): number {
  const areValid = subscriptions.every(function (subscription) {
    // No Local in bit 2, Retain As Published in bit 3, Retain Handling in bits 4 and 5; what is absent is shifted to 0.
    subscription._flags = client._prepare
      ? ((subscription.noLocal as unknown as number) << 2) |
        ((subscription.retainAsPublished as unknown as number) << 3) |
        ((subscription.retainHandling as number) << 4)
      : 0;
    return (
      propertiesOf(subscription) &&
      !(subscription.noLocal && isShared(subscription)) &&
      // What has no place in these bits [MQTT-3.8.3-5].
      subscription._flags >>> 4 < 3
    );
  });
  if (!areValid) return -PROTOCOL_ERROR;
  if (client._prepare) client._select = select;
  return subscribe(client, subscriptions);
}

/**
 * Unsubscribes as `unsubscribe` does, with USER_PROPERTY any number of times. Where 3.1.1 is spoken they
 * are left out.
 *
 * Returns 0, or −0x82 when a property cannot be sent with an UNSUBSCRIBE: then none is unsubscribed.
 */
export function unsubscribeWith(client: Client, topicFilters: string[], properties: Properties): number {
  if (!writeProperties(properties, IN_UNSUBSCRIBE)) return -PROTOCOL_ERROR;
  if (client._prepare) client._select = select;
  leave(
    client,
    topicFilters.map((topicFilter): Version5Subscription => ({ topicFilter, properties })),
  );
  return 0;
}
