/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and acted on.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 *
 * Functions here return 0, the reason code to disconnect with, or WAIT.
 */
import { PINGRESP, TYPE_AUTH, TYPE_CONNACK, TYPE_PUBLISH } from "../codec/constants.ts";
import { MAXIMUM_PACKET_SIZE } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR } from "../reason.ts";
import { abort, CONNECTING, ONLINE, OPENING } from "./client.ts";
import type { Client } from "./client.ts";
import { handle } from "./handle.ts";
import { handlePublish, WAIT } from "./message.ts";
import { acknowledged, ACKNOWLEDGEMENT } from "./queue.ts";

/** The next piece of the stream, whatever it holds; none that comes after the end was decided. */
/*@__TOGETHER__ received*/
export function receivedOther(client: Client, bytes: string): void {
  const limit = client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
  let reasonCode = 0;
  if (client._state > OPENING) client._partial += bytes;
  while (!reasonCode && client._partial && client._state > OPENING) {
    const data = client._partial;
    const type = data.charCodeAt(0) >> 4;
    let position = 1;
    let digit = 128;
    let size = -client._skipped;
    for (; digit > 127 && position < 5; position++) {
      digit = data.charCodeAt(position);
      size += (digit & 127) << (7 * position - 7);
    }
    size += position;
    reasonCode =
      // A fifth byte, or more bytes than the length needs.
      digit > 127 || (position > 2 && digit < 1)
        ? MALFORMED_PACKET
        : type !== TYPE_PUBLISH && size > limit
          ? PACKET_TOO_LARGE
          : // What is too large is taken as far as fits. A length that is not there yet lies behind the data, as `position` does.
            data.length < Math.min(size, limit)
            ? WAIT
            : // CONNACK comes first and only once [MQTT-3.2.0-1]; AUTH of MQTT 5.0 may precede it.
              (type === TYPE_CONNACK) !== (client._state === CONNECTING) &&
                !(client._takeOther && type === TYPE_AUTH)
              ? PROTOCOL_ERROR
              : 0;
    if (!reasonCode) {
      client._partial = data.substr(size);
      reasonCode = client._guard
        ? client._guard(client, data, position, size, limit)
        : type === TYPE_PUBLISH
          ? handlePublish(client, data, position + 2, size, limit)
          : handle(client, data.charCodeAt(0), data.substr(position, size - position));
    }
  }
  if (reasonCode > 0) abort(client, reasonCode);
}

/**
 * Link handler: the next piece of the stream, most often exactly one short packet. Never re-entered,
 * because links report from the idle loop only. When a handler throws, what came behind its message is
 * taken by the next piece or tick.
 */
export function received(this: Client, bytes: string): void {
  const client = this;
  const oldest = client._inflight[0];
  const isQuiet = !client._partial && client._state === ONLINE;
  client._receivedAt = client._now;
  // What a handler does from here stands on the stack above this: the less there is around a call, the
  // better.
  if (isQuiet && oldest && bytes === oldest.substr(0, ACKNOWLEDGEMENT))
    acknowledged(client, client._inflight.shift() as string);
  // PINGRESP needs no more than that it came.
  else if (!isQuiet || (bytes !== PINGRESP && !(client._hear && client._hear(client, bytes))))
    receivedOther(client, bytes);
}
