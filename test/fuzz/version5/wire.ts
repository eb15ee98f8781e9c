/** Packets as a referee needs them: what the client's are to be, and what its program is to find of the server's. */
import { parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { bytes, packetOf, writeText, writeU16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { FROM, ID, readField, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import { headOf, METHOD, TYPE } from "./rules.ts";
import type { Settings } from "./stage.ts";

/** What a client takes at QoS 2 at once unless its options say otherwise. */
export const OWN_RECEIVE_MAXIMUM = 32;

/** Reads one packet at 5.0; undefined when mqtt-packet cannot. */
export function parse(text: string): Packet | undefined {
  const decoder = parser({ protocolVersion: 5 });
  let found: Packet | undefined;
  decoder.on("packet", (packet) => (found = packet));
  decoder.on("error", () => (found = undefined));
  decoder.parse(Buffer.from(text, "latin1"));
  return found;
}

export const authField = (data: string): string =>
  writeField([[ID.method, METHOD], ...(data ? ([[ID.data, data]] as Property[]) : [])]);

/** What a CONNECT is to be. */
export function connectOf(settings: Settings): string {
  const { clean, keepalive, ownReceiveMaximum, maximumPacketSize, hasPieces, hasAuthentication, aliases } =
    settings;
  const list: Property[] = [];
  if (ownReceiveMaximum) list.push([ID.receiveMaximum, ownReceiveMaximum]);
  if (!clean) list.push([ID.sessionExpiry, 0xffffffff]);
  if (!ownReceiveMaximum) list.push([ID.receiveMaximum, OWN_RECEIVE_MAXIMUM]);
  if (!hasPieces) list.push([ID.maximumPacketSize, maximumPacketSize]);
  if (hasAuthentication) list.push([ID.method, METHOD], [ID.data, "first"]);
  if (aliases) list.push([ID.aliasMaximum, aliases]);
  return packetOf(
    0x10,
    `${writeText("MQTT")}\x05${bytes(clean ? 2 : 0)}${writeU16(keepalive)}${writeField(list)}${writeText("fuzz")}`,
  );
}

/** Reason code and properties as the program finds them. */
export function tailOf({ bytes: text, first, header }: Frame): string {
  const type = first >> 4;
  const body = text.slice(header);
  const isAnswer = type === TYPE.suback || type === TYPE.unsuback;
  // A refusal of 3.1.1 has nothing of 5.0.
  if (type === TYPE.connack && body.length === 2) return "";
  const at = type === TYPE.connack || isAnswer ? 2 : type < TYPE.suback ? 3 : 1;
  const code = type === TYPE.publish || isAnswer ? 0 : body.charCodeAt(at - 1) || 0;
  const { list } =
    type === TYPE.publish
      ? headOf({ bytes: text, first, header, size: 0, isWhole: true }).field
      : readField(body, at, Object.values(FROM).flat());
  const values = list.map(([identifier, value]) => `${identifier}|${String(value)}`).join("|");
  return (code ? `#${code}` : "") + (list.length ? `|${values}` : "");
}
