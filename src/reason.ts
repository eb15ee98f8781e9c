/**
 * Reason codes: one number space for what the wire says and what we find ourselves. 0x80…0xA2 are those of MQTT 5.0
 * §2.4; CONNACK return codes of 3.1.1 are mapped onto them. 0xC0 and above never travel: they are ours.
 */
export const SUCCESS = 0;
export const UNSPECIFIED_ERROR = 0x80;
export const MALFORMED_PACKET = 0x81;
export const PROTOCOL_ERROR = 0x82;
export const UNSUPPORTED_PROTOCOL_VERSION = 0x84;
export const CLIENT_IDENTIFIER_NOT_VALID = 0x85;
export const BAD_USER_NAME_OR_PASSWORD = 0x86;
export const NOT_AUTHORIZED = 0x87;
export const SERVER_UNAVAILABLE = 0x88;
export const KEEP_ALIVE_TIMEOUT = 0x8d;
export const TOPIC_FILTER_INVALID = 0x8f;
export const TOPIC_NAME_INVALID = 0x90;
export const PACKET_TOO_LARGE = 0x95;
export const QUOTA_EXCEEDED = 0x97;

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
/** The TLS handshake failed: no TLS there, or the peer refuses our certificate. */
export const TLS_FAILED = 0xc5;
