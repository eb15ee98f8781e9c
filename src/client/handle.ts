/**
 * Packets from the server but PUBLISH (MQTT 3.1.1 §3.2, §3.4…§3.13; 5.0 likewise), whole, each checked and
 * acted on.
 */
import {
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBCOMP,
  TYPE_PUBREL,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
} from "../codec/constants.ts";
import {
  BAD_USER_NAME_OR_PASSWORD,
  CLIENT_IDENTIFIER_NOT_VALID,
  MALFORMED_PACKET,
  NOT_AUTHORIZED,
  PROTOCOL_ERROR,
  SERVER_UNAVAILABLE,
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../reason.ts";
import { CONNECTING, ONLINE } from "./client.ts";
import type { Client } from "./client.ts";
import { acknowledged, flush } from "./queue.ts";

/** By the CONNACK return codes 1…5 (§3.2.2.3): the last digit of their reason codes, which begin with 0x8. */
const REFUSALS = /*@__PURE__ @__PACKED__*/ [
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
  CLIENT_IDENTIFIER_NOT_VALID,
  SERVER_UNAVAILABLE,
  BAD_USER_NAME_OR_PASSWORD,
  NOT_AUTHORIZED,
]
  .map((code) => code - UNSPECIFIED_ERROR)
  .join("");

/** The server accepted. */
function accepted(client: Client, sessionPresent: number): void {
  let failure: unknown[] | undefined;
  client._state = ONLINE;
  client._canSend = client.connected = true;
  client._since = client._due = client._now;
  if (client._wasOnline) client.reconnects++;
  else client._wasOnline = true;
  // A server that knows nothing of earlier connections gets everything as new.
  client._unacknowledged *= sessionPresent;
  // Not by `finally`: the engine loses the error where that passes a `catch`, as links have.
  try {
    if (client._options.onConnect) client._options.onConnect(!!sessionPresent);
  } catch (error) {
    failure = [error];
  }
  flush(client);
  if (client._release) client._release(client);
  if (client._serve) client._serve(client, TYPE_CONNACK, "", sessionPresent);
  if (failure) throw failure[0];
}

/** CONNACK (§3.2). */
function handleConnack(client: Client, body: string): number {
  const sessionPresent = body.charCodeAt(0);
  const code = body.charCodeAt(1);
  if (sessionPresent > 1) return MALFORMED_PACKET;
  // A server must not report a session with a refusal [MQTT-3.2.2-4], nor one it was told to forget
  // [MQTT-3.2.2-1].
  if (sessionPresent && (code || client._options.clean !== false)) return PROTOCOL_ERROR;
  // Codes from 0x80 on are those of 5.0; a server that speaks 3.1.1 only refuses by its own.
  let refusal =
    client._accept && code >= UNSPECIFIED_ERROR ? code : code && UNSPECIFIED_ERROR + +REFUSALS.charAt(code);
  if (client._accept) refusal = client._accept(client, sessionPresent, refusal);
  if (refusal) return refusal;
  if (!sessionPresent && client._renew) client._renew(client);
  // Who was told of a message that was lost may have ended the connection.
  if (client._state === CONNECTING) /*@__SPLICE__*/ accepted(client, sessionPresent);
  return 0;
}

/** PUBACK (§3.4). */
function handlePuback(client: Client, id: string, reasonCode: number): number {
  const inflight = client._inflight;
  let index = 0;
  // 0 is nobody's packet id [MQTT-2.3.1-1].
  if (id === "\0\0") return PROTOCOL_ERROR;
  // One for no message in flight is a late repetition and changes nothing.
  while (inflight[index] && (inflight[index] as string).substr(2, 2) !== id) index++;
  if (inflight[index]) acknowledged(client, inflight.splice(index, 1)[0] as string, reasonCode);
  return 0;
}

/** Any packet but PUBLISH. */
/*@__TOGETHER__ received*/
export function handle(client: Client, first: number, body: string): number {
  const type = first >> 4;
  const id = body.substr(0, 2);
  let position = 2;
  let reasonCode = 0;
  if ((first & 15) !== (type === TYPE_PUBREL && client._acknowledge ? 2 : 0)) return MALFORMED_PACKET;
  if (client._read) {
    position = client._read(client, type, body);
    if (position < 0) return -position;
    reasonCode = client.reasonCode as number;
  } else if (
    type === TYPE_PINGRESP
      ? body
      : type >= TYPE_CONNACK &&
        type <= (client._acknowledge ? TYPE_PUBCOMP : TYPE_PUBACK) &&
        body.length !== 2
  )
    return MALFORMED_PACKET;
  if (type >= TYPE_PUBACK && type <= TYPE_PUBCOMP && client._acknowledge)
    return client._acknowledge(client, first, id, reasonCode);
  if (type === TYPE_PUBACK) return /*@__SPLICE__*/ handlePuback(client, id, reasonCode);
  if (client._serve && (type === TYPE_SUBACK || type === TYPE_UNSUBACK))
    return client._serve(client, type, body, position);
  if (type === TYPE_PINGRESP) return 0;
  if (type === TYPE_CONNACK) return /*@__SPLICE__*/ handleConnack(client, body);
  return client._takeOther ? client._takeOther(client, type, reasonCode) : PROTOCOL_ERROR;
}
