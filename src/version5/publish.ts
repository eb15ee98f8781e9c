/** Messages with properties, and those that expire while they wait (MQTT 5.0 §3.3.2.3). */
import { TYPE_PUBLISH } from "../codec/constants.ts";
import { MESSAGE_EXPIRY_INTERVAL } from "../codec/identifiers.ts";
import {
  NO_PROPERTIES,
  propertiesAt,
  readInteger,
  readVariable,
  widthOf,
  writeInteger,
  writeProperties,
  valueOf,
} from "../codec/properties.ts";
import { IN_PUBLISH } from "../codec/property-tables.ts";
import type { Properties } from "../codec/properties.ts";
import type { Client } from "../client/client.ts";
import { publishOther } from "../client/publish.ts";
import type { Payload } from "../client/publish.ts";
import { ACKNOWLEDGEMENT, dropWaiting } from "../client/queue.ts";
import { MESSAGE_EXPIRED, PROTOCOL_ERROR } from "../reason.ts";
import type { Version5Client } from "./client.ts";

/** Later than any second that comes. */
const NEVER = 4294967295;

/**
 * Where the four bytes of the Message Expiry Interval stand, which `publishWith` puts first; 0 = there is none. In the queue they
 * hold the second at which the message expires.
 */
function expiryAt(packet: string): number {
  const at = propertiesAt(packet);
  const begin = at + widthOf(readVariable(packet, at));
  return packet.charCodeAt(0) >> 4 === TYPE_PUBLISH &&
    packet.charAt(at) !== NO_PROPERTIES &&
    packet.charCodeAt(begin) === MESSAGE_EXPIRY_INTERVAL
    ? begin + 1
    : 0;
}

/** A message on its way to the link: it has so many seconds left (§3.3.2.3.3). */
function age(client: Client, packet: string): string {
  const at = expiryAt(packet);
  const second = at ? readInteger(packet, at, 4) : NEVER;
  // One that never expires says so.
  if (second === NEVER) return packet;
  // One that was sent before is sent again even so [MQTT-4.4.0-1].
  const left = Math.max(second - (client as Version5Client)._uptime, 1);
  return packet.substr(0, at) + writeInteger(left, 4) + packet.substr(at + 4);
}

/** A second has passed: drops what has waited too long. */
function expire(client: Client): void {
  const self = client as Version5Client;
  let next = NEVER;
  if (++self._uptime < self._nextExpiry) return;
  const look = function (entry: string, index: number): number {
    const packet = entry.substr(ACKNOWLEDGEMENT);
    const at = expiryAt(packet);
    const second = at ? readInteger(packet, at, 4) : NEVER;
    if (second <= self._uptime && index >= client._unacknowledged) return MESSAGE_EXPIRED;
    next = Math.min(next, Math.max(second, self._uptime + 1));
    return 0;
  };
  dropWaiting(client, look);
  // What was sent is new again, and expires, where the server loses the session.
  client._inflight.forEach((entry) => look(entry, -1));
  self._nextExpiry = Math.min(self._nextExpiry > self._uptime ? self._nextExpiry : NEVER, next);
}

/** Lets `expire` have the client's seconds, from the first message on that expires. */
function countSeconds(client: Version5Client): void {
  client._uptime = 0;
  client._nextExpiry = NEVER;
  client._age = age;
  client._everySecond = (client._everySecond || []).concat([expire]);
}

/**
 * Publishes as `publish` does, with properties: PAYLOAD_FORMAT_INDICATOR, MESSAGE_EXPIRY_INTERVAL, CONTENT_TYPE, RESPONSE_TOPIC,
 * CORRELATION_DATA, USER_PROPERTY. Where 3.1.1 is spoken they are left out, but the message expires.
 *
 * A message with a Message Expiry Interval (seconds, 1…4 294 967 295) that waits is sent with the seconds it has left, and dropped
 * when there are none: `onDrop` reports 0xC6. One that was sent and not acknowledged is sent again even so.
 *
 * Returns what `publish` returns, or −0x82 when a property cannot be sent with a message.
 */
export function publishWith(
  client: Client,
  topic: string,
  payload: Payload,
  flags: number,
  properties: Properties,
): number {
  const self = client as Version5Client;
  const interval = valueOf(properties, MESSAGE_EXPIRY_INTERVAL) as number | undefined;
  let list = properties;
  if (!writeProperties(properties, IN_PUBLISH)) return -PROTOCOL_ERROR;
  if (interval !== undefined && client._prepare) {
    if (!client._age) countSeconds(self);
    const second = Math.min(interval + self._uptime, NEVER);
    list = properties.filter((_value, index) => properties[index - (index % 2)] !== MESSAGE_EXPIRY_INTERVAL);
    list = ([MESSAGE_EXPIRY_INTERVAL, second] as Properties).concat(list);
    self._nextExpiry = Math.min(self._nextExpiry, second);
  }
  self._messageProperties = client._prepare ? writeProperties(list, IN_PUBLISH) : "";
  const result = publishOther(client, topic, payload, flags);
  // Where it was refused before they were taken.
  self._messageProperties = "";
  return result;
}
