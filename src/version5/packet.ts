/** Positions in PUBLISH packets of MQTT 5.0 (§3.3). */
import { QOS_MASK } from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";

/** Where the topic's length begins. */
export function topicAt(packet: string): number {
  let position = 1;
  while (packet.charCodeAt(position++) > 127);
  return position;
}

/** Bytes of the packet id. */
export function idWidth(packet: string): number {
  return packet.charCodeAt(0) & QOS_MASK && 2;
}

/** Where the field of properties begins; NaN when the topic's length is missing. */
export function propertiesAt(packet: string): number {
  const position = topicAt(packet);
  return position + 2 + readU16(packet, position) + idWidth(packet);
}
