/**
 * Properties of MQTT 5.0 packets (§2.2.2) as byte strings. A field of properties is what stands in a packet: the length of
 * all of them, and one behind the other an identifier and a value.
 */
import { MALFORMED_PACKET, PROTOCOL_ERROR } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { QOS_MASK } from "./constants.ts";
import { bytesOf, readU16, writeText } from "./fields.ts";
import {
  RECEIVE_MAXIMUM,
  MAXIMUM_PACKET_SIZE,
  RESPONSE_TOPIC,
  SUBSCRIPTION_IDENTIFIER,
  USER_PROPERTY,
} from "./identifiers.ts";
import { TYPES } from "./property-tables.ts";
import { isWellFormed } from "./utf8.ts";

// Types, of those that property-tables.ts has.
const VARIABLE_BYTE_INTEGER = 5;
const BINARY_DATA = 6;
const PAIR = 8;

/** A field that holds none. */
export const NO_PROPERTIES = "\0";

/** A number, or as byte strings a text, binary data, or a pair of texts. */
export type PropertyValue = number | string | [string, string];

/**
 * Identifier, value, identifier, value …, in the order of the packet. USER_PROPERTY may stand in it often, the others once:
 * `[MESSAGE_EXPIRY_INTERVAL, 60, USER_PROPERTY, ["room", "hall"]]`.
 */
export type Properties = PropertyValue[];

/** One property and the position behind it; undefined where `bytes` has none. */
interface Property {
  _identifier: number;
  _value: PropertyValue;
  _end: number;
}

/** Variable Byte Integer at `position` (§1.5.5); NaN past the end, above four bytes, and where it is longer than need be. */
export function readVariable(bytes: string, position: number): number {
  let value = 0;
  let digit = 128;
  let scale = 1;
  for (; digit > 127 && scale < 268435456; scale *= 128) {
    digit = bytes.charCodeAt(position++);
    value += (digit & 127) * scale;
  }
  return digit < 128 && (digit || scale === 128) ? value : NaN;
}

/** Bytes that a Variable Byte Integer takes. */
export function widthOf(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}

/** Variable Byte Integer of 0…268 435 455. */
export function writeVariable(value: number): string {
  return value > 127 ? bytesOf((value & 127) | 128) + writeVariable(value >> 7) : bytesOf(value);
}

/** Big-endian integer of `size` bytes; NaN past the end. */
export function readInteger(bytes: string, position: number, size: number): number {
  let value = 0;
  while (size--) value = value * 256 + bytes.charCodeAt(position++);
  return value;
}

/** Big-endian integer of `size` bytes. */
export function writeInteger(value: number, size: number): string {
  return size > 1
    ? writeInteger(Math.floor(value / 256), size - 1) + bytesOf(value & 255)
    : bytesOf(value & 255);
}

/** The text or binary data at `position`; undefined when it is cut off or, as a text, ill-formed. */
function readText(bytes: string, position: number, isText: boolean): string | undefined {
  const length = readU16(bytes, position);
  const text = bytes.substr(position + 2, length);
  return text.length === length && !(isText && !isWellFormed(text, true)) ? text : undefined;
}

function propertyAt(bytes: string, position: number): Property | undefined {
  const identifier = bytes.charCodeAt(position++);
  const type = +TYPES.charAt(identifier);
  if (!type) return undefined;
  if (type < BINARY_DATA) {
    const isVariable = type === VARIABLE_BYTE_INTEGER;
    const value = isVariable ? readVariable(bytes, position) : readInteger(bytes, position, type);
    return value >= 0
      ? { _identifier: identifier, _value: value, _end: position + (isVariable ? widthOf(value) : type) }
      : undefined;
  }
  const text = readText(bytes, position, type > BINARY_DATA);
  if (text === undefined) return undefined;
  const end = position + 2 + text.length;
  if (type < PAIR) return { _identifier: identifier, _value: text, _end: end };
  const second = readText(bytes, end, true);
  return second === undefined
    ? undefined
    : { _identifier: identifier, _value: [text, second], _end: end + 2 + second.length };
}

/** Is it a value that its property may not have (§3.1.2.11, §3.2.2.3, §3.3.2.3)? */
function isForbidden(property: Property): boolean {
  const identifier = property._identifier;
  const value = property._value;
  if (identifier === RESPONSE_TOPIC) return !isTopicName(value as string, true);
  return identifier === SUBSCRIPTION_IDENTIFIER ||
    identifier === RECEIVE_MAXIMUM ||
    identifier === MAXIMUM_PACKET_SIZE
    ? !value
    : TYPES.charAt(identifier) === "1" && (value as number) > 1;
}

/**
 * Checks the field of properties at `position`, which may hold `allowed`. Returns the position behind it, or a negative reason
 * code: −0x81 for what cannot be read or does not belong there, −0x82 for what must not come twice or has a forbidden value.
 */
export function endOfProperties(bytes: string, position: number, allowed: string): number {
  const length = readVariable(bytes, position);
  const begin = position + widthOf(length);
  const end = begin + length;
  let seen = "";
  if (!(end <= bytes.length)) return -MALFORMED_PACKET;
  for (let at = begin; at < end;) {
    const property = propertyAt(bytes, at);
    if (!property || property._end > end) return -MALFORMED_PACKET;
    const identifier = bytes.charAt(at);
    at = property._end;
    if (allowed.indexOf(identifier) < 0) return -MALFORMED_PACKET;
    // In what a server sends, subscription identifiers may be several too.
    if (
      (seen.indexOf(identifier) >= 0 &&
        property._identifier !== USER_PROPERTY &&
        property._identifier !== SUBSCRIPTION_IDENTIFIER) ||
      isForbidden(property)
    )
      return -PROTOCOL_ERROR;
    seen += identifier;
  }
  return end;
}

/**
 * All of a field of properties, as it stood in a packet that the client has told of: identifier, value, identifier, value …; an
 * empty list for none.
 */
export function readProperties(field: string): Properties {
  const list: Properties = [];
  let position = widthOf(readVariable(field, 0));
  while (position < field.length) {
    const property = propertyAt(field, position) as Property;
    list.push(property._identifier, property._value);
    position = property._end;
  }
  return list;
}

/** The first value of the property `identifier` in `properties`, or undefined. */
export function valueOf(properties: Properties, identifier: number): PropertyValue | undefined {
  for (let index = 0; index < properties.length; index += 2)
    if (properties[index] === identifier) return properties[index + 1];
  return undefined;
}

/**
 * The first value of the property `identifier` in a field of properties, such as `client.properties`; undefined where there is none.
 */
export function readProperty(field: string, identifier: number): PropertyValue | undefined {
  return valueOf(readProperties(field), identifier);
}

/** One property as it stands in a packet; empty when it has no such value. */
function writeProperty(identifier: number, value: PropertyValue): string {
  const type = +TYPES.charAt(identifier);
  const start = bytesOf(identifier);
  if (type === PAIR) {
    const pair = value as [string, string];
    return start + writeText(pair[0]) + writeText(pair[1]);
  }
  if (type >= BINARY_DATA) return start + writeText(value as string);
  const number = value as number;
  if (!(number >= 0) || number % 1) return "";
  if (type === VARIABLE_BYTE_INTEGER) return number < 268435456 ? start + writeVariable(number) : "";
  return number < Math.pow(256, type) ? start + writeInteger(number, type) : "";
}

/**
 * The field of properties that holds `properties`; empty when one of them is not `allowed`, comes twice or has a value that
 * its type does not: a field is never empty, as it begins with its length.
 */
export function writeProperties(properties: Properties, allowed: string): string {
  let bytes = "";
  for (let index = 0; index < properties.length; index += 2) {
    const written = writeProperty(properties[index] as number, properties[index + 1] as PropertyValue);
    if (!written) return "";
    bytes += written;
  }
  const field = writeVariable(bytes.length) + bytes;
  return endOfProperties(field, 0, allowed) === field.length ? field : "";
}

/** Where the topic's length begins in a PUBLISH. */
export function topicAt(packet: string): number {
  let position = 1;
  while (packet.charCodeAt(position++) > 127);
  return position;
}

/** Where the field of properties begins in a PUBLISH. */
export function propertiesAt(packet: string): number {
  const position = topicAt(packet);
  return position + 2 + readU16(packet, position) + (packet.charCodeAt(0) & QOS_MASK && 2);
}
