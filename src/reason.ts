/**
 * Reason codes: one number space for what the wire says and what we find ourselves. 0x80…0xA2 are those of MQTT 5.0
 * §2.4; CONNACK return codes of 3.1.1 are mapped onto them. 0xC0 and above never travel: they are ours.
 */
/** All is well: accepted, granted, or an end that was asked for. */
export const SUCCESS = 0;
/** The server has the message, and nobody subscribes to its topic. */
export const NO_MATCHING_SUBSCRIBERS = 0x10;
/** AUTH: the other side is to go on (§3.15.2.1). */
export const CONTINUE_AUTHENTICATION = 0x18;
/** AUTH: we begin anew, while the connection stands. */
export const RE_AUTHENTICATE = 0x19;
/** The server refuses and does not say why; what 3.1.1 has for a refused subscription. */
export const UNSPECIFIED_ERROR = 0x80;
/** What came is no packet, or what its fields say cannot be. */
export const MALFORMED_PACKET = 0x81;
/** A packet came that may not come, or not now. Negative, from `publishWith` and its like: a property that does not belong there. */
export const PROTOCOL_ERROR = 0x82;
/** The server cannot process it. From us: a source of pieces gave none, or too many bytes. */
export const IMPLEMENTATION_SPECIFIC_ERROR = 0x83;
/** The server does not speak this version of MQTT. Time does not heal it: the longest delay follows. */
export const UNSUPPORTED_PROTOCOL_VERSION = 0x84;
/** The server refuses the client identifier. The longest delay follows. */
export const CLIENT_IDENTIFIER_NOT_VALID = 0x85;
/** The server refuses user name or password. The longest delay follows. */
export const BAD_USER_NAME_OR_PASSWORD = 0x86;
/** The server denies this client, or this topic; or our authenticator gave up. After a refused connection the longest delay follows. */
export const NOT_AUTHORIZED = 0x87;
/** The server is there and cannot serve. */
export const SERVER_UNAVAILABLE = 0x88;
/** Nothing came within 10 s after a PINGREQ. */
export const KEEP_ALIVE_TIMEOUT = 0x8d;
/** The topic filter is none, or wants a QoS that is not there. */
export const TOPIC_FILTER_INVALID = 0x8f;
/** The topic name is empty, too long, no UTF-8, or has a wildcard in it. */
export const TOPIC_NAME_INVALID = 0x90;
/** The server has lost the session of a QoS 2 message whose PUBREL was left: nobody can tell what became of it. */
export const PACKET_IDENTIFIER_NOT_FOUND = 0x92;
/** More messages of QoS 2 under way than 32, or than were allowed. */
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
/** A topic alias that was not agreed on. */
export const TOPIC_ALIAS_INVALID = 0x94;
/** More bytes than `maximumPacketSize`, or than the server takes. */
export const PACKET_TOO_LARGE = 0x95;
/** No room: in the queue, in memory, among requests; or memory ran out. */
export const QUOTA_EXCEEDED = 0x97;
/** The server keeps no messages. */
export const RETAIN_NOT_SUPPORTED = 0x9a;
/** A QoS that the server does not take, or QOS_2 without the part `qos2`. */
export const QOS_NOT_SUPPORTED = 0x9b;
/** The client shall go to another server, this time; the part `serverReference` follows. */
export const USE_ANOTHER_SERVER = 0x9c;
/** The client shall go to another server from now on; the part `serverReference` follows. */
export const SERVER_MOVED = 0x9d;
/** The server takes no `$share`. */
export const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e;
/** The server takes no subscription identifiers. */
export const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xa1;
/** The server takes no `+` and `#`. */
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
/** The server did not acknowledge a message, a SUBSCRIBE or an UNSUBSCRIBE in time. */
export const ACKNOWLEDGEMENT_TIMEOUT = 0xc9;
/** Three connections in a row were lost while this message or filter was under way: it was taken out. */
export const REPEATED_LOSS = 0xca;
