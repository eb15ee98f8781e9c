/** CONNECT, as a byte string made by concatenation (MQTT 3.1.1 §3.1, 5.0 §3.1). */
import { CLEAN_SESSION, CONNECT, PASSWORD, USER_NAME, WILL } from "./constants.ts";
import { bytesOf, writeHeader, writeText } from "./fields.ts";

/** Message that the server publishes when the connection ends without a DISCONNECT. */
export interface Will {
  /** Topic name, 1…65535 bytes, no wildcards. */
  topic: string;
  /** 0…65535 bytes, as a byte string. */
  payload: string;
  /** QoS that the server publishes it with; default 0. */
  qos?: 0 | 1 | 2;
  /** Does the server keep it for later subscribers? Default false. */
  retain?: boolean;
}

/** Options that a CONNECT carries. */
export interface ConnectOptions {
  /**
   * Must be unique at the server: a second client of the same name throws the first one out. 1…65535 bytes; servers must take 1…23
   * letters and digits. May be empty: then the session is a clean one.
   */
  clientId: string;
  /**
   * Default true: the server forgets the session when the connection ends. With false it keeps subscriptions, and messages for
   * them, while the client is away.
   */
  clean?: boolean;
  /** 0…65535 bytes; default none. Without it, or with null, there is no password in 3.1.1 either. */
  username?: string | null;
  /** 0…65535 bytes; default none. Without TLS it travels in the clear. */
  password?: string | null;
  /** What the server publishes when the connection ends without a DISCONNECT; default nothing. */
  will?: Will;
}

/**
 * CONNECT for `clientId` with a keep alive of 0…65535 seconds. `properties` and `willProperties` are the
 * fields of MQTT 5.0; with empty ones it is a CONNECT of 3.1.1.
 */
export function encodeConnect(
  options: ConnectOptions,
  clientId: string,
  keepalive: number,
  properties: string,
  willProperties: string,
): string {
  const will = options.will;
  // A session belongs to a client identifier; without one there is none to keep [MQTT-3.1.3-7].
  let flags = options.clean === false && clientId ? 0 : CLEAN_SESSION;
  let payload = writeText(clientId);
  if (properties) payload = properties + payload;
  if (will) {
    // QoS in bits 3 and 4, RETAIN in bit 5; what is absent is shifted to 0.
    flags |= WILL | ((will.qos as number) << 3) | ((will.retain as unknown as number) << 5);
    if (willProperties) payload += willProperties;
    payload += writeText(will.topic) + writeText(will.payload);
  }
  const hasName = options.username !== undefined && options.username !== null;
  if (hasName) {
    flags |= USER_NAME;
    payload += writeText(options.username as string);
  }
  // Only 5.0 has a password without a user name [MQTT-3.1.2-22].
  if (options.password !== undefined && options.password !== null && (hasName || properties)) {
    flags |= PASSWORD;
    payload += writeText(options.password);
  }
  // Ten bytes of variable header: protocol name and level, flags, keep alive.
  return (
    writeHeader(CONNECT, 10 + payload.length) +
    (properties ? "\0\x04MQTT\x05" : "\0\x04MQTT\x04") +
    bytesOf(flags, keepalive >> 8, keepalive & 255) +
    payload
  );
}
