/** Topic aliases (MQTT 5.0 §3.3.2.3.4): a number in the place of a topic that was named on the same connection. */
import { bytesOf, readU16, writeHeader, writeText } from "../codec/fields.ts";
import { TOPIC_ALIAS, TOPIC_ALIAS_MAXIMUM } from "../codec/identifiers.ts";
import {
  propertiesAt,
  readProperty,
  readVariable,
  topicAt,
  widthOf,
  writeInteger,
  writeVariable,
} from "../codec/properties.ts";
import type { Client, Part } from "../client/client.ts";
import type { Version5Client } from "./client.ts";

/** A PUBLISH for the link: the topics used last go by their aliases, as many as the server and we can keep. */
function alias(self: Client, packet: string): string {
  const client = self as Version5Client;
  const aliases = client._aliases;
  const begin = topicAt(packet);
  const topic = packet.substr(begin + 2, readU16(packet, begin));
  const at = propertiesAt(packet);
  const length = readVariable(packet, at);
  const known = aliases.filter((other) => other.substr(2) === topic)[0];
  const maximum = Math.min(
    client._topicAliasMaximum,
    (readProperty(client.connackProperties, TOPIC_ALIAS_MAXIMUM) as number) || 0,
  );
  // Before CONNACK nothing is known of this server, and a message in pieces is not all here.
  if (!client.connected || !maximum || packet.length !== begin + readVariable(packet, 1)) return packet;
  // The one not used for longest gives its number away.
  const number =
    known || aliases.length >= maximum
      ? (known || (aliases[0] as string)).substr(0, 2)
      : writeInteger(aliases.length + 1, 2);
  const body =
    writeText(known ? "" : topic) +
    packet.substr(begin + 2 + topic.length, at - begin - 2 - topic.length) +
    writeVariable(length + 3) +
    bytesOf(TOPIC_ALIAS) +
    number +
    packet.substr(at + widthOf(length));
  const aliased = writeHeader(packet.charCodeAt(0), body.length) + body;
  if (aliased.length > client._packetMaximum) return packet;
  client._aliases = aliases.filter((other) => other.substr(0, 2) !== number).concat([number + topic]);
  return aliased;
}

/** The topic of a message from the server: undefined when it may not use that alias, empty when it never said for what. */
function resolve(client: Version5Client, number: number, topic: string): string | undefined {
  if (!number || number > client._topicAliasMaximum) return undefined;
  if (topic) client._serverTopics[number] = topic;
  return client._serverTopics[number] || "";
}

/**
 * Lets topics go by aliases, both ways, where MQTT 5.0 is spoken. The option `topicAliasMaximum`, 1…65535,
 * bounds how many topics are kept for either way; each costs 2 blocks and a block per 8 bytes of it. The
 * topics published to last have the aliases; the server's own maximum is kept too.
 */
export const topicAliases: Part = function (client) {
  const self = client as Version5Client;
  self._topicAliasMaximum = self._options.topicAliasMaximum || 0;
  if (self._options.protocolVersion === 4 || !self._topicAliasMaximum) return;
  client._alias = alias;
  self._resolve = resolve;
};
