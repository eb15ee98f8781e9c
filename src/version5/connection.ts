/**
 * MQTT 5.0 for a client that asks for it. It stands between the client, which goes on thinking in 3.1.1, and the wire:
 * packets from the server lose their properties and reason codes on the way in, after these were acted on (receive.ts); on
 * the way out CONNECT, PUBLISH and the last DISCONNECT get theirs.
 */
import { CLEAN_SESSION, CONNECT, DISCONNECT, QOS_MASK, TYPE_PUBLISH } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf, readU16, writeHeader, writeText } from "../codec/fields.ts";
import {
  AUTHENTICATION_METHOD,
  IN_CONNECT,
  IN_DISCONNECT,
  IN_WILL,
  MAXIMUM_PACKET_SIZE,
  NO_PROPERTIES,
  readProperty,
  RECEIVE_MAXIMUM,
  SESSION_EXPIRY_INTERVAL,
  widthOf,
  writeProperties,
} from "../codec/properties.ts";
import type { Properties } from "../codec/properties.ts";
import { refusalOfOptions } from "../client/check.ts";
import { abort, CONNECTING, ONLINE, OPENING, send } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { disconnect } from "../client/connection.ts";
import { MAXIMUM_PACKET_SIZE as PACKET_SIZE, QOS_2_RECEIVED } from "../limits.ts";
import type { Address, Link, LinkHandlers } from "../link.ts";
import {
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  RECEIVE_MAXIMUM_EXCEEDED,
  RETAIN_NOT_SUPPORTED,
  SUCCESS,
  TOPIC_NAME_INVALID,
  UNSPECIFIED_ERROR,
  USE_ANOTHER_SERVER,
} from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { refusalOf } from "./limits.ts";
import { handlePublishVersion5, handleVersion5 } from "./receive.ts";

/** The link with 5.0 in front of it. */
interface Version5Link extends Link {
  _client: Version5Client;
}

function open(this: Version5Link, address: Address, handlers: LinkHandlers): void {
  const client = this._client;
  const reference = client._reference;
  client._mayExplain = false;
  client.properties = NO_PROPERTIES;
  client.reasonCode = SUCCESS;
  client._topics = [];
  client._serverTopics = [];
  client._isReferred = !!reference;
  // One to use another server is for once.
  if (client._referenceCode === USE_ANOTHER_SERVER) client._reference = undefined;
  client._linkWithin.open(reference || address, handlers);
}

function write(this: Version5Link, bytes: string): boolean {
  const client = this._client;
  let packet = bytes;
  if (packet.charCodeAt(0) >> 4 === TYPE_PUBLISH) {
    if (client._age) packet = client._age(client, packet);
    if (client._alias) packet = client._alias(client, packet);
  }
  return client._linkWithin.write(packet);
}

/** Is it an error that a client's DISCONNECT may tell (§3.14.2.1)? */
function isTellable(reasonCode: number): boolean {
  return (
    reasonCode >> 2 === UNSPECIFIED_ERROR >> 2 ||
    reasonCode === TOPIC_NAME_INVALID ||
    (reasonCode >= RECEIVE_MAXIMUM_EXCEEDED && reasonCode < RETAIN_NOT_SUPPORTED)
  );
}

/** Says why, where it was the server that broke the protocol. */
function close(this: Version5Link): void {
  const client = this._client;
  const reasonCode = client._reason;
  if (client._mayExplain && isTellable(reasonCode))
    client._linkWithin.write(bytesOf(DISCONNECT, 1, reasonCode));
  client._mayExplain = false;
  client._linkWithin.close();
}

/** What CONNECT says besides what its owner has it say. */
function connectProperties(client: Version5Client): string {
  const options = client._options;
  let list = options.properties || [];
  const given = writeProperties(list, IN_CONNECT);
  const isMissing = (identifier: number): boolean => readProperty(given, identifier) === undefined;
  // As a session of 3.1.1.
  if (options.clean === false && isMissing(SESSION_EXPIRY_INTERVAL))
    list = list.concat([SESSION_EXPIRY_INTERVAL, 4294967295]);
  if (isMissing(RECEIVE_MAXIMUM)) list = list.concat([RECEIVE_MAXIMUM, QOS_2_RECEIVED]);
  if (isMissing(MAXIMUM_PACKET_SIZE) && !client._hasPieces)
    list = list.concat([MAXIMUM_PACKET_SIZE, options.maximumPacketSize || PACKET_SIZE]);
  if (client._credentials) list = list.concat(client._credentials(client));
  return given && writeProperties(list.concat(client._connectProperties), IN_CONNECT);
}

/** CONNECT (§3.1); empty when the owner's properties are none. */
function encodeConnectVersion5(client: Version5Client): string {
  const options = client._options;
  const will = options.will;
  const packet = encodeConnect(options, client._keepalive);
  // Behind the protocol's name: its version, flags, keep alive, and the client identifier with its length in front.
  const start = packet.indexOf("MQTT") + 4;
  const behind = start + 6 + readU16(packet, start + 4);
  const properties = connectProperties(client);
  const willProperties = will ? writeProperties(will.properties || [], IN_WILL) : "";
  // A server that gave us an identifier knows our session by it.
  const cleared = client._assigned && options.clean === false ? CLEAN_SESSION : 0;
  if (!properties || (will && !willProperties)) return "";
  client._method = readProperty(properties, AUTHENTICATION_METHOD) as string | undefined;
  const body =
    "\0\x04MQTT\x05" +
    bytesOf(packet.charCodeAt(start + 1) & ~cleared) +
    packet.substr(start + 2, 2) +
    properties +
    writeText(options.clientId || client._assigned) +
    willProperties +
    packet.substr(behind);
  return writeHeader(CONNECT, body.length) + body;
}

/** Link handler: the way to the server stands. */
function ready(this: Client): void {
  const client = this as Version5Client;
  if (client._state === OPENING && client._prepare) {
    const refusal = refusalOfOptions(client._options);
    const packet = refusal ? "" : encodeConnectVersion5(client);
    if (!packet) {
      abort(client, refusal || PROTOCOL_ERROR);
      return;
    }
    client._state = CONNECTING;
    client._mayExplain = true;
    send(client, packet);
  }
  client._readyWithin();
}

/** The properties of a message that is about to be published, or why this server will not have it. */
function prepare(client: Client, flags: number, size: number): string | number {
  const self = client as Version5Client;
  const field = self._messageProperties || NO_PROPERTIES;
  const length = size + field.length + (flags & QOS_MASK && 2);
  self._messageProperties = "";
  return client._state === ONLINE ? -refusalOf(self, flags, length + 1 + widthOf(length)) || field : field;
}

/**
 * Lets `client` speak MQTT 5.0, unless its options ask for `protocolVersion: 4`: call it once, before `connect` and before
 * other parts of 5.0 are enabled. From then on the client is a `Version5Client`: its handlers find the properties and the
 * reason code of what they are told in it.
 *
 * `publish`, `subscribe` and the rest stay the same; with properties there are `publishWith`, `subscribeWith` and
 * `disconnectWith`. What the server does not allow is refused at once (−0x9A retain, −0x9B QoS, −0x95 packet size), or
 * reported to `onDrop` with that code when it was queued before the server said so. A message that the server refuses is
 * reported to `onDrop` with the server's code. What CONNECT cannot say of the options ends the attempt with 0x82 for properties,
 * 0x85 for the client identifier, 0x86 for user name or password, 0x90 for the will's topic, 0x95 for its payload.
 */
export function enableVersion5(client: Client): void {
  const self = client as Version5Client;
  self.properties = self.connackProperties = NO_PROPERTIES;
  self.reasonCode = SUCCESS;
  self._assigned = self._messageProperties = "";
  self._connectProperties = [];
  if (self._options.protocolVersion === 4) return;
  self._linkWithin = client._link;
  client._link = { open, write, close, _client: self } as Version5Link;
  self._readyWithin = client.onOpen;
  client.onOpen = ready;
  self._handleWithin = client._handle;
  self._handlePublishWithin = client._handlePublish;
  client._handle = handleVersion5;
  client._handlePublish = handlePublishVersion5;
  client._prepare = prepare;
  client._askProperties = NO_PROPERTIES;
}

/**
 * `disconnect` with a reason code (0; 4, or an error of 0x80…0x83, 0x90 and 0x93…0x99, to have the will published) and properties
 * (SESSION_EXPIRY_INTERVAL, REASON_STRING, USER_PROPERTY; §3.14).
 *
 * Returns 0, −0x82 when no client may say that code or these properties, or −0x95 when they make the packet larger than the
 * server takes: then the connection stands. Where 3.1.1 is spoken, a code that is not 0 ends the connection without a DISCONNECT,
 * which has the will published too.
 */
export function disconnectWith(client: Client, reasonCode: number, properties: Properties): number {
  const field = writeProperties(properties, IN_DISCONNECT);
  const self = client as Version5Client;
  const expiry = readProperty(field, SESSION_EXPIRY_INTERVAL);
  // A session that was to end with the connection cannot be made to last [MQTT-3.14.2-2].
  const wasZero = !readProperty(connectProperties(self), SESSION_EXPIRY_INTERVAL);
  const packet = writeHeader(DISCONNECT, 1 + field.length) + bytesOf(reasonCode) + field;
  // 0 and 4 are no errors.
  if (!field || (expiry && wasZero) || (reasonCode & ~4 && !isTellable(reasonCode))) return -PROTOCOL_ERROR;
  if (client._state === ONLINE && client._prepare) {
    if (packet.length > self._packetMaximum) return -PACKET_TOO_LARGE;
    send(client, packet);
    // Neither a second one.
    client._state = CONNECTING;
  } else if (client._state === ONLINE && reasonCode) client._state = CONNECTING;
  disconnect(client);
  return 0;
}
