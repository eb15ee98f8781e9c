/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and handed to its handler.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 */
import {
  DUP,
  PUBACK,
  QOS_1,
  QOS_MASK,
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBLISH,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
} from "../codec/constants.ts";
import { readU16, readVarint, VARINT_MALFORMED, varintSize } from "../codec/fields.ts";
import { MAXIMUM_PACKET_SIZE } from "../limits.ts";
import {
  BAD_USER_NAME_OR_PASSWORD,
  CLIENT_IDENTIFIER_NOT_VALID,
  MALFORMED_PACKET,
  NOT_AUTHORIZED,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  SERVER_UNAVAILABLE,
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../reason.ts";
import { drop, abort, ONLINE, OPENING, send } from "./client.ts";
import type { Client } from "./client.ts";
import { acknowledge, flush, restart } from "./session.ts";
import { handleSuback, handleUnsuback, restore, route } from "./subscriptions.ts";

type PacketHandler = (client: Client, first: number, body: string) => void;

/** Reason codes of the CONNACK return codes 1…5 (§3.2.2.3). */
const REFUSALS = [
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
  CLIENT_IDENTIFIER_NOT_VALID,
  SERVER_UNAVAILABLE,
  BAD_USER_NAME_OR_PASSWORD,
  NOT_AUTHORIZED,
];

function maximumPacketSize(client: Client): number {
  return client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
}

/** PUBACK for the packet id that is the two bytes `id`. */
function sendPuback(client: Client, id: string): void {
  if (client._state === ONLINE) send(client, String.fromCharCode(PUBACK) + "\x02" + id);
}

/** CONNACK (§3.2). */
function handleConnack(client: Client, _first: number, body: string): void {
  const flags = body.charCodeAt(0);
  const returnCode = body.charCodeAt(1);
  if (body.length !== 2 || flags > 1) return abort(client, MALFORMED_PACKET);
  if (returnCode) return abort(client, flags ? PROTOCOL_ERROR : REFUSALS[returnCode] || UNSPECIFIED_ERROR);
  // A server that keeps what it was told to forget [MQTT-3.2.2-1] would answer for a session that is not ours.
  if (flags && client._options.clean !== false) return abort(client, PROTOCOL_ERROR);
  client._state = ONLINE;
  client._timer = 0;
  client.connected = true;
  if (client._everConnected) client.counters.reconnects++;
  client._everConnected = true;
  if (!flags) restart(client._session);
  try {
    if (client._options.onConnect) client._options.onConnect(!!flags);
  } finally {
    restore(client, !!flags);
    flush(client);
  }
}

/** PUBLISH (§3.3); QoS 1 is acknowledged after the handlers have returned. */
function handlePublish(client: Client, first: number, body: string): void {
  const qos = first & QOS_MASK;
  const end = 2 + readU16(body, 0);
  const start = qos ? end + 2 : end;
  const id = body.substr(end, start - end);
  if (!(start <= body.length) || end === 2 || id === "\0\0") return abort(client, MALFORMED_PACKET);
  if (qos > QOS_1 || (!qos && first & DUP)) return abort(client, PROTOCOL_ERROR);
  client.counters.received++;
  try {
    route(client, body.substr(2, end - 2), body.substr(start), first & 15);
  } finally {
    if (qos) sendPuback(client, id);
  }
}

/** PUBACK (§3.4). An id that is not in flight is a late repetition and changes nothing. */
function handlePuback(client: Client, _first: number, body: string): void {
  if (body.length !== 2) return abort(client, MALFORMED_PACKET);
  const packetId = readU16(body, 0);
  if (!acknowledge(client, packetId)) return;
  flush(client);
  if (client._options.onAcknowledge) client._options.onAcknowledge(packetId);
}

/** PINGRESP (§3.13): that it came was noted with its bytes. */
function handlePingresp(client: Client, _first: number, body: string): void {
  if (body) abort(client, MALFORMED_PACKET);
}

/** By packet type, the most frequent first; further types join by assignment. */
const HANDLERS: { [type: number]: PacketHandler | undefined } = {};
HANDLERS[TYPE_PUBLISH] = handlePublish;
HANDLERS[TYPE_PUBACK] = handlePuback;
HANDLERS[TYPE_PINGRESP] = handlePingresp;
HANDLERS[TYPE_CONNACK] = handleConnack;
HANDLERS[TYPE_SUBACK] = handleSuback;
HANDLERS[TYPE_UNSUBACK] = handleUnsuback;

function dispatch(client: Client, first: number, body: string): void {
  const type = first >> 4;
  const handler = HANDLERS[type];
  // CONNACK comes first and only once [MQTT-3.2.0-1].
  if (!handler || (type === TYPE_CONNACK) !== (client._state === OPENING))
    return abort(client, PROTOCOL_ERROR);
  if (type !== TYPE_PUBLISH && first & 15) return abort(client, MALFORMED_PACKET);
  handler(client, first, body);
}

/**
 * A packet above the limit, of which `data` holds the first bytes: a message is drained, reported, and acknowledged at
 * its end; anything else ends the connection. Waits for more while topic and packet id have not arrived.
 */
function startDraining(client: Client, data: string, header: number, size: number): void {
  const first = data.charCodeAt(0);
  const end = header + 2 + readU16(data, header);
  const start = first & QOS_MASK ? end + 2 : end;
  if (first >> 4 !== TYPE_PUBLISH || end > maximumPacketSize(client) || start > size) {
    abort(client, PACKET_TOO_LARGE);
  } else if (start <= data.length) {
    client._drain = size;
    client._drainAck = data.substr(end, start - end);
    drop(client, PACKET_TOO_LARGE, 0, data.substr(header + 2, end - header - 2));
  }
}

/** Remaining Length of the packet that `data` begins with; −1 when it is not whole, is to be drained, or is refused. */
function measure(client: Client, data: string): number {
  let length = data.charCodeAt(1);
  if (length > 127) length = readVarint(data);
  if (length === VARINT_MALFORMED) abort(client, MALFORMED_PACKET);
  const header = 1 + varintSize(length);
  if (header + length > maximumPacketSize(client)) startDraining(client, data, header, header + length);
  else if (length >= 0 && header + length <= data.length) return length;
  return -1;
}

/** Counts off bytes of a packet that is being drained and returns those behind it. */
function drain(client: Client, data: string): string {
  const rest = data.substr(client._drain);
  client._drain -= data.length - rest.length;
  if (!client._drain && client._drainAck) sendPuback(client, client._drainAck);
  return rest;
}

/** Takes in the next piece of the stream; re-entered never, because links report from the idle loop only. */
export function receive(client: Client, bytes: string): void {
  let thrown: unknown[] | undefined;
  let data = client._partial + bytes;
  client._partial = "";
  client._receivedAgo = client._pingDue = 0;
  while (data && (client._state === ONLINE || client._state === OPENING)) {
    if (client._drain) data = drain(client, data);
    else {
      const length = measure(client, data);
      if (length >= 0) {
        const header = 1 + varintSize(length);
        const first = data.charCodeAt(0);
        const body = data.substr(header, length);
        data = data.substr(header + length);
        try {
          dispatch(client, first, body);
        } catch (error) {
          // A handler's mistake must not cost the packets behind; it is shown when they are done.
          thrown = [error];
        }
      } else if (!client._drain) {
        client._partial = data;
        break;
      }
    }
  }
  if (thrown) throw thrown[0];
}
