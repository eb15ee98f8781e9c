/** What a client that speaks MQTT 5.0 knows besides, and what its owner may set for it. */
import type { Will } from "../codec/encode.ts";
import type { Properties } from "../codec/properties.ts";
import type { Stream } from "../client/stream.ts";
import type { Client, ClientOptions, PacketHandler, PublishHandler } from "../client/client.ts";
import type { Address, Link } from "../link.ts";

/** A will with properties of its own: WILL_DELAY_INTERVAL, MESSAGE_EXPIRY_INTERVAL, CONTENT_TYPE … (§3.1.3.2). */
export interface Version5Will extends Will {
  properties?: Properties;
}

/** What a client may be told besides `ClientOptions`. */
export interface Version5Options extends ClientOptions {
  /** 5 (default) or 4, which is MQTT 3.1.1. */
  protocolVersion?: 4 | 5;
  /**
   * Properties of CONNECT (§3.1.2.11): SESSION_EXPIRY_INTERVAL (default 0, and for ever with `clean: false`), RECEIVE_MAXIMUM
   * (default 32), MAXIMUM_PACKET_SIZE (default that of `maximumPacketSize`, and none with `enablePieces`), USER_PROPERTY …
   */
  properties?: Properties;
  will?: Version5Will;
}

/** The record of a client that speaks MQTT 5.0. */
export interface Version5Client extends Client {
  /**
   * The field of properties of what a handler is being told of: PUBLISH, an acknowledgement, CONNACK, DISCONNECT; for
   * `readProperty` and `readProperties`. Holds none in all other handlers.
   */
  properties: string;
  /** The reason code of the acknowledgement that a handler is being told of: 0, or 0x10 when there was no subscriber. */
  reasonCode: number;
  /** The properties of the last CONNACK: what the server can and allows. */
  connackProperties: string;

  _options: Version5Options;
  _handleWithin: PacketHandler;
  _handlePublishWithin: PublishHandler;
  /** The link and the handler of its opening that there were before. */
  _linkWithin: Link;
  _readyWithin: () => void;
  /** May a DISCONNECT be said: was a CONNECT of 5.0 sent, and is the server still listening? */
  _mayExplain: boolean;
  /** Client identifier that the server gave to one without. */
  _assigned: string;
  /** Where a server sent us, why, and whether the connection that stands or is on its way leads there. */
  _reference?: Address | undefined;
  _referenceCode: number;
  _isReferred: boolean;
  /** The server's limits: bytes of a packet, the QoS as in the flags, and whether it refuses RETAIN. */
  _packetMaximum: number;
  _serverQos: number;
  _isRetainRefused: boolean;
  /** The properties that the message about to be published has; empty for none. */
  _messageProperties: string;
  /** Properties of CONNECT that parts of 5.0 add. */
  _connectProperties: Properties;

  /** Seconds that have passed, and that at which the next message that waits expires. */
  _uptime: number;
  _nextExpiry: number;
  /** Topics that stand for aliases: ours, each with its alias in front, the one used last at the end; and the server's. */
  _topics: string[];
  _serverTopics: string[];
  _topicAliasMaximum: number;
  /** The message that is published in pieces. */
  _stream?: Stream;

  /** What is done where the server sends us to another one, or does not speak 5.0. */
  _refer?: (client: Version5Client, reasonCode: number) => void;
  _fallBack?: (client: Version5Client) => void;
  /** What parts of 5.0 do with a PUBLISH on its way to the link, first this, then that. */
  _age?: (client: Version5Client, packet: string) => string;
  _alias?: (client: Version5Client, packet: string) => string;
  /** The topic that an alias of the server's stands for, with a topic from now on; empty, or undefined, where there is none. */
  _resolve?: (client: Version5Client, alias: number, topic: string) => string | undefined;
  /** The authentication method that the last CONNECT named, if any. */
  _method?: string | undefined;
  /** Takes AUTH, and what CONNECT says to begin with. */
  _authenticate?: (client: Version5Client, reasonCode: number) => number;
  _credentials?: (client: Version5Client) => Properties;
}
