/** Requests and their responses (MQTT 5.0 §4.10): a response topic, and data by which each response finds its request. */
import { bytesOf } from "../codec/fields.ts";
import { CORRELATION_DATA, RESPONSE_TOPIC } from "../codec/identifiers.ts";
import { readProperty } from "../codec/properties.ts";
import type { Client } from "../client/client.ts";
import type { Payload } from "../client/publish.ts";
import { subscribe } from "../client/subscriptions.ts";
import { REQUESTS } from "../limits.ts";
import { PROTOCOL_ERROR, QUOTA_EXCEEDED, REQUEST_TIMEOUT } from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { publishWith } from "./publish.ts";

/** Takes a response, or the reason code for which there will be none: 0xC7 when none came in time. */
export type ResponseHandler = (reasonCode: number, payload: string) => void;

/** A request that waits for its response. */
interface Pending {
  _data: string;
  _seconds: number;
  _callback: ResponseHandler;
}

/** Asker by one response topic: `createRequester` makes it and `request` takes it. */
export interface Requester {
  _client: Client;
  _flags: number;
  _topic: string;
  _pending: Pending[];
  _last: number;
}

/** Takes the requests out that `isDone`, and calls each back. */
function settle(
  requester: Requester,
  isDone: (pending: Pending) => boolean,
  reasonCode: number,
  payload: string,
): void {
  const done = requester._pending.filter(isDone);
  requester._pending = requester._pending.filter((pending) => !isDone(pending));
  done.forEach((pending) => pending._callback(reasonCode, payload));
}

/**
 * Subscribes `client`, which speaks MQTT 5.0, to `responseTopic` at QoS 1, which must be its own alone; by it requests are
 * answered, which are published with `flags` as of `publish`. Call it once a topic. Ticks of the client count the seconds of
 * requests (§4.10).
 */
export function createRequester(client: Client, responseTopic: string, flags: number): Requester {
  const requester: Requester = {
    _client: client,
    _flags: flags,
    _topic: responseTopic,
    _pending: [],
    _last: 0,
  };
  client._everySecond = (client._everySecond || []).concat([
    function () {
      requester._pending.forEach((pending) => pending._seconds--);
      settle(requester, (pending) => pending._seconds <= 0, REQUEST_TIMEOUT, "");
    },
  ]);
  subscribe(client, [
    {
      topicFilter: responseTopic,
      qos: 1,
      onMessage: function (_topic, payload) {
        const data = readProperty((client as Version5Client).properties, CORRELATION_DATA);
        settle(requester, (pending) => pending._data === data, 0, payload);
      },
    },
  ]);
  return requester;
}

/**
 * Publishes a request and hands its response to `callback`, once: with reason code 0 and the payload, or with 0xC7 when `seconds`
 * (1…) have passed. Up to 16 may wait. A response that comes later than that is ignored.
 *
 * Returns what `publish` returns; with a negative reason code there is no request and `callback` is not called: −0x97 also when too
 * many wait, −0x82 also where 3.1.1 is spoken.
 */
export function request(
  requester: Requester,
  topic: string,
  payload: Payload,
  seconds: number,
  callback: ResponseHandler,
): number {
  const client = requester._client;
  const last = (requester._last = (requester._last + 1) & 65535);
  const data = bytesOf(last >> 8, last & 255);
  if (!client._prepare) return -PROTOCOL_ERROR;
  if (requester._pending.length >= REQUESTS) return -QUOTA_EXCEEDED;
  // Before it leaves: the response may come while it is published.
  requester._pending.push({ _data: data, _seconds: seconds, _callback: callback });
  const result = publishWith(client, topic, payload, requester._flags, [
    RESPONSE_TOPIC,
    requester._topic,
    CORRELATION_DATA,
    data,
  ]);
  if (result < 0) requester._pending = requester._pending.filter((pending) => pending._data !== data);
  return result;
}

/**
 * Answers the request whose message a handler is being told of, with its correlation data; call it in that handler. Returns what
 * `publish` returns, or −0x82 when the message asks for no response.
 */
export function respond(client: Client, payload: Payload, flags: number): number {
  const properties = (client as Version5Client).properties;
  const topic = readProperty(properties, RESPONSE_TOPIC) as string | undefined;
  const data = readProperty(properties, CORRELATION_DATA);
  if (!topic) return -PROTOCOL_ERROR;
  return publishWith(client, topic, payload, flags, data === undefined ? [] : [CORRELATION_DATA, data]);
}
