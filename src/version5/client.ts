/** The record and the options of a client with the part `version5`. */
import type { Will } from "../codec/encode.ts";
import type { Properties } from "../codec/properties.ts";
import type { Client } from "../client/client.ts";
import type { ClientOptions } from "../client/options.ts";

/** A will with properties of its own: WILL_DELAY_INTERVAL, MESSAGE_EXPIRY_INTERVAL, CONTENT_TYPE … (§3.1.3.2). */
export interface Version5Will extends Will {
  /** Default none. */
  properties?: Properties;
}

/**
 * Takes a step of ours (§4.12): gets the server's data, and returns ours for the next packet, both byte
 * strings. `reasonCode` is 0x18 for a step, 0 when the server is content (what is returned then is not
 * sent), and 0x19 when we begin: then there are no data from the server. Where it returns undefined, which
 * gives up, the connection ends with 0x87; where it returns more than a packet for the server may have,
 * with 0x95.
 */
export type Authenticator = (data: string, reasonCode: number) => string | undefined;

/** Options besides `ClientOptions`. */
export interface Version5Options extends ClientOptions {
  /** 5 (default) or 4, which is MQTT 3.1.1. */
  protocolVersion?: 4 | 5;
  /**
   * Clean start, at each connection; default true. False says that a session the server has is ours, from the first connection on,
   * though a board that was restarted has nothing left of it. Who will not go on with such a session [MQTT-3.2.2-4] begins with true
   * and a SESSION_EXPIRY_INTERVAL, and sets false in `onConnect`.
   */
  clean?: boolean;
  /**
   * Properties of CONNECT (§3.1.2.11): SESSION_EXPIRY_INTERVAL (default 0, and for ever with `clean:
   * false`), RECEIVE_MAXIMUM (default 32), MAXIMUM_PACKET_SIZE (default that of `maximumPacketSize` and not
   * above it, and none with `pieces`), USER_PROPERTY … but TOPIC_ALIAS_MAXIMUM, which `topicAliasMaximum`
   * says. With what cannot be said the attempt ends with 0x82.
   */
  properties?: Properties;
  /** As in `ClientOptions`, with properties of its own. */
  will?: Version5Will;
  /** With the part `topicAliases`: how many topics may go by aliases, each way; 1…65535. */
  topicAliasMaximum?: number;
  /** With the part `authentication`: the method's name, such as `SCRAM-SHA-256`. */
  authenticationMethod?: string;
  /** With the part `authentication`: takes its steps. */
  authenticate?: Authenticator;
}

/** The record of a client that speaks MQTT 5.0. */
export interface Version5Client extends Client {
  /**
   * The field of properties of what a handler is told of: PUBLISH, an acknowledgement, CONNACK, DISCONNECT;
   * for `readProperty` and `readProperties`. Holds none in all other handlers.
   */
  properties: string;
  /**
   * The reason code of the acknowledgement that a handler is told of: 0; 0x10 when there was no subscriber;
   * 0x92 when the server had already completed a message of QoS 2 whose PUBREL was sent again.
   */
  reasonCode: number;
  /** The properties of the last CONNACK: what the server can and allows. */
  connackProperties: string;

  _options: Version5Options;
  /** May a DISCONNECT be said: was a CONNECT of 5.0 sent, and is the server still listening? */
  _mayExplain: boolean;
  /** Client identifier that the server gave to one without. */
  _assigned: string;
  /** The properties of the last CONNECT: what we promised; and how large a packet from the server may be. */
  _connectField: string;
  _sizeMaximum: number;
  /** Seconds that the session of the last connection that was accepted outlives it; undefined before. */
  _sessionExpiry?: number | undefined;
  /** Why a server sent us elsewhere, and whether the connection that stands or is on its way leads there. */
  _referenceCode: number;
  _isReferred: boolean;
  /** The server's limits: bytes of a packet, the QoS of what is published to it, and whether it refuses RETAIN. */
  _packetMaximum: number;
  _serverQos: number;
  _isRetainRefused: boolean;
  /** The properties that the message about to be published has; empty for none. */
  _messageProperties: string;

  /** Seconds that have passed, and that at which the next message that waits expires. */
  _uptime: number;
  _nextExpiry: number;
  /** Topics that stand for aliases: ours, each with its alias in front, the one used last at the end; and the server's. */
  _aliases: string[];
  _serverTopics: string[];
  /** How many they may be; 0 without the part. */
  _topicAliasMaximum: number;

  /** Notes where the server sends us; speaks 3.1.1 from the next attempt on. */
  _refer?: (client: Version5Client, reasonCode: number) => void;
  _fallBack?: (client: Version5Client) => void;
  /** The topic that an alias of the server's stands for, with a topic from now on; empty, or undefined, where there is none. */
  _resolve?: (client: Version5Client, alias: number, topic: string) => string | undefined;
  /** Takes AUTH; what CONNECT says to begin with. */
  _authenticate?: (client: Version5Client, reasonCode: number) => number;
  _credentials?: (client: Version5Client) => Properties;
}
