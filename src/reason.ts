/**
 * Reason codes: one number space for what the wire says and what we find ourselves. 0x80…0xA2 are those of MQTT 5.0
 * §2.4; CONNACK return codes of 3.1.1 are mapped onto them. 0xC0 and above never travel: they are ours.
 */
export const SUCCESS = 0;
/** AUTH: the other side is to go on; the client begins anew (§3.15.2.1). */
export const CONTINUE_AUTHENTICATION = 0x18;
export const RE_AUTHENTICATE = 0x19;
export const UNSPECIFIED_ERROR = 0x80;
export const MALFORMED_PACKET = 0x81;
export const PROTOCOL_ERROR = 0x82;
export const IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
export const UNSUPPORTED_PROTOCOL_VERSION = 0x84;
export const CLIENT_IDENTIFIER_NOT_VALID = 0x85;
export const BAD_USER_NAME_OR_PASSWORD = 0x86;
export const NOT_AUTHORIZED = 0x87;
export const SERVER_UNAVAILABLE = 0x88;
export const KEEP_ALIVE_TIMEOUT = 0x8d;
export const TOPIC_FILTER_INVALID = 0x8f;
export const TOPIC_NAME_INVALID = 0x90;
export const PACKET_IDENTIFIER_NOT_FOUND = 0x92;
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
export const TOPIC_ALIAS_INVALID = 0x94;
export const PACKET_TOO_LARGE = 0x95;
export const QUOTA_EXCEEDED = 0x97;
export const RETAIN_NOT_SUPPORTED = 0x9a;
export const QOS_NOT_SUPPORTED = 0x9b;
export const USE_ANOTHER_SERVER = 0x9c;
export const SERVER_MOVED = 0x9d;
export const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e;
export const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xa1;
export const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xa2;

/** The host's name could not be resolved. */
export const NAME_NOT_FOUND = 0xc0;
/** Nothing accepted the connection: port closed, host unreachable or out of sockets. */
export const CONNECTION_REFUSED = 0xc1;
/** No CONNACK within the connect timeout. */
export const CONNECTION_TIMEOUT = 0xc2;
/** The connection ended without a DISCONNECT. */
export const CONNECTION_LOST = 0xc3;
/** There is no network to connect through. */
export const NETWORK_DOWN = 0xc4;
/** The server does not speak MQTT 5.0; the next attempt is made in 3.1.1. */
export const NOT_VERSION_5 = 0xc5;
/** A message waited longer than its Message Expiry Interval. */
export const MESSAGE_EXPIRED = 0xc6;
/** No response came in time. */
export const REQUEST_TIMEOUT = 0xc7;
/** The TLS handshake failed: no TLS there, or the peer refuses our certificate. */
export const TLS_FAILED = 0xc8;
