/** Properties of MQTT 5.0 packets (§2.2.2), written, read and judged by the standard's tables alone. */
import { bytes, codesOf, MALFORMED, u16, writeText, writeU16, writeVariable } from "../frame.ts";
import { isTopicName, isUtf8 } from "../topics.ts";

export type Value = number | string | [name: string, value: string];
export type Property = [identifier: number, value: Value];
type Kind = "byte" | "two" | "four" | "variable" | "text" | "binary" | "pair";

export const PROTOCOL_ERROR = 0x82;

export const ID = {
  payloadFormat: 0x01,
  expiry: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlation: 0x09,
  subscription: 0x0b,
  sessionExpiry: 0x11,
  assigned: 0x12,
  serverKeepAlive: 0x13,
  method: 0x15,
  data: 0x16,
  responseInformation: 0x1a,
  serverReference: 0x1c,
  reason: 0x1f,
  receiveMaximum: 0x21,
  aliasMaximum: 0x22,
  alias: 0x23,
  maximumQos: 0x24,
  retainAvailable: 0x25,
  user: 0x26,
  maximumPacketSize: 0x27,
  wildcards: 0x28,
  identifiers: 0x29,
  shared: 0x2a,
} as const;

/** Table 2-4: identifier and type. */
const KINDS = new Map<number, Kind>([
  ...[0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a].map((id): [number, Kind] => [id, "byte"]),
  ...[0x13, 0x21, 0x22, 0x23].map((id): [number, Kind] => [id, "two"]),
  ...[0x02, 0x11, 0x18, 0x27].map((id): [number, Kind] => [id, "four"]),
  [0x0b, "variable"],
  ...[0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f].map((id): [number, Kind] => [id, "text"]),
  ...[0x09, 0x16].map((id): [number, Kind] => [id, "binary"]),
  [0x26, "pair"],
]);

/** Table 2-4: what a server may put into its packets. */
export const FROM = {
  connack: [
    0x11, 0x12, 0x13, 0x15, 0x16, 0x1a, 0x1c, 0x1f, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a,
  ],
  publish: [0x01, 0x02, 0x03, 0x08, 0x09, 0x0b, 0x23, 0x26],
  acknowledgement: [0x1f, 0x26],
  disconnect: [0x1c, 0x1f, 0x26],
  auth: [0x15, 0x16, 0x1f, 0x26],
};

/** Those that a sender must not give the value 0, and those that are 0 or 1 (§3.1.2.11, §3.2.2.3, §3.3.2.3.8). */
const NEVER_0 = [0x0b, 0x21, 0x27];
const NOTHING_ABOVE_1 = [0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a];

export interface Field {
  list: Property[];
  /** Where what follows it begins; NaN when it cannot be told. */
  end: number;
  /** Reason codes for all that is wrong with it, as far as it can be read. */
  faults: number[];
}

/** A Variable Byte Integer and the position behind it; undefined where there is none. */
function variableAt(text: string, at: number): [value: number, end: number] | undefined {
  let value = 0;
  for (let index = 0; index < 4; index++) {
    const digit = text.charCodeAt(at + index);
    if (Number.isNaN(digit)) return undefined;
    value += (digit & 127) * 128 ** index;
    if (digit < 128) return index && !digit ? undefined : [value, at + index + 1];
  }
  return undefined;
}

function textAt(text: string, at: number): [value: string, end: number] | undefined {
  const length = u16(text, at);
  const value = text.slice(at + 2, at + 2 + length);
  return value.length === length ? [value, at + 2 + length] : undefined;
}

function valueAt(kind: Kind, text: string, at: number): [value: Value, end: number] | undefined {
  if (kind === "variable") return variableAt(text, at);
  if (kind === "text" || kind === "binary") {
    const found = textAt(text, at);
    return found && (kind === "binary" || isUtf8(found[0])) ? found : undefined;
  }
  if (kind === "pair") {
    const name = textAt(text, at);
    const value = name && textAt(text, name[1]);
    return name && value && isUtf8(name[0]) && isUtf8(value[0]) ? [[name[0], value[0]], value[1]] : undefined;
  }
  const size = { byte: 1, two: 2, four: 4 }[kind];
  const digits = text.slice(at, at + size);
  if (digits.length < size) return undefined;
  return [codesOf(digits).reduce((value, digit) => value * 256 + digit, 0), at + size];
}

function faultOfProperty([identifier, value]: Property, before: readonly Property[]): number[] {
  const isTwice = before.some(([other]) => other === identifier);
  const mayBeTwice = identifier === ID.user || identifier === ID.subscription;
  const isForbidden =
    (NEVER_0.includes(identifier) && value === 0) ||
    (NOTHING_ABOVE_1.includes(identifier) && Number(value) > 1) ||
    (identifier === ID.responseTopic && !isTopicName(String(value)));
  // A payload format is one of two; what another one is, the standard does not say.
  return [
    ...((isTwice && !mayBeTwice) || isForbidden ? [PROTOCOL_ERROR] : []),
    ...(isForbidden && identifier === ID.payloadFormat ? [MALFORMED] : []),
  ];
}

/** The field of properties at `at`, of which only those `allowed` may be in it. */
export function readField(text: string, at: number, allowed: readonly number[]): Field {
  const length = variableAt(text, at);
  const list: Property[] = [];
  const faults: number[] = [];
  if (!length) return { list, end: NaN, faults: [MALFORMED] };
  const end = length[0] + length[1];
  if (end > text.length) return { list, end: NaN, faults: [MALFORMED] };
  const field = text.slice(0, end);
  for (let position = length[1]; position < end;) {
    const identifier = text.charCodeAt(position);
    const kind = KINDS.get(identifier);
    const found = kind && valueAt(kind, field, position + 1);
    // An identifier that does not belong there is malformed, whatever stands behind it (§2.2.2.2).
    if (!found || !allowed.includes(identifier)) {
      faults.push(MALFORMED);
      break;
    }
    const property: Property = [identifier, found[0]];
    faults.push(...faultOfProperty(property, list));
    list.push(property);
    position = found[1];
  }
  return { list, end, faults };
}

/** The first value of a property. */
export function valueOf(list: readonly Property[], identifier: number): Value | undefined {
  return list.find(([other]) => other === identifier)?.[1];
}

function writeValue(kind: Kind, value: Value): string {
  if (Array.isArray(value)) return value.map(writeText).join("");
  if (typeof value === "string") return writeText(value);
  if (kind === "variable") return writeVariable(value);
  if (kind === "byte") return bytes(value);
  return kind === "two" ? writeU16(value) : writeU16(Math.floor(value / 65536)) + writeU16(value & 65535);
}

/** A field of properties, whether it may be sent or not. */
export function writeField(list: readonly Property[]): string {
  const body = list
    .map(([identifier, value]) => bytes(identifier) + writeValue(KINDS.get(identifier) ?? "byte", value))
    .join("");
  return writeVariable(body.length) + body;
}
