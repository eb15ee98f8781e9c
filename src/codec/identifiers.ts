/**
 * Identifiers of the properties of MQTT 5.0 (§2.2.2.2), each with its value, and the packets that have it.
 */

/** 1: the payload is text in UTF-8; 0 (default): bytes. In PUBLISH, will. */
export const PAYLOAD_FORMAT_INDICATOR = 1;
/**
 * Seconds, 0…4 294 967 295, for which the message is worth delivering; default for ever. In PUBLISH, will.
 */
export const MESSAGE_EXPIRY_INTERVAL = 2;
/** Text: what the payload is, such as a MIME type. In PUBLISH, will. */
export const CONTENT_TYPE = 3;
/** Topic name for the response; makes the message a request. In PUBLISH, will. */
export const RESPONSE_TOPIC = 8;
/** Bytes by which who asked knows the response. In PUBLISH, will. */
export const CORRELATION_DATA = 9;
/**
 * 1…268 435 455; `subscriptionIdentifier` of a subscription. In SUBSCRIBE, and in PUBLISH from the server,
 * at times several.
 */
export const SUBSCRIPTION_IDENTIFIER = 11;
/**
 * Seconds, 0…4 294 967 295, that the session outlives the connection; 4 294 967 295 = for ever. In CONNECT,
 * CONNACK, DISCONNECT.
 */
export const SESSION_EXPIRY_INTERVAL = 17;
/** Text: the client identifier that the server gave to a client without. In CONNACK. */
export const ASSIGNED_CLIENT_IDENTIFIER = 18;
/** Seconds, 0…65535, that take the place of `keepalive`. In CONNACK. */
export const SERVER_KEEP_ALIVE = 19;
/** Text; set by the part `authentication`. In CONNECT, CONNACK, AUTH. */
export const AUTHENTICATION_METHOD = 21;
/** Bytes; set by the authenticator. In CONNECT, CONNACK, AUTH. */
export const AUTHENTICATION_DATA = 22;
/**
 * 0: the server may send REASON_STRING and USER_PROPERTY with PUBLISH, CONNACK and DISCONNECT only; default
 * 1. In CONNECT.
 */
export const REQUEST_PROBLEM_INFORMATION = 23;
/** Seconds, 0…4 294 967 295, from the end of the connection to the will; default 0. In will. */
export const WILL_DELAY_INTERVAL = 24;
/** 1: the server may send RESPONSE_INFORMATION; default 0. In CONNECT. */
export const REQUEST_RESPONSE_INFORMATION = 25;
/** Text from which to make response topics. In CONNACK. */
export const RESPONSE_INFORMATION = 26;
/** Text: the server to go to; the part `serverReference` follows it. In CONNACK, DISCONNECT. */
export const SERVER_REFERENCE = 28;
/** Text for a person: what the reason code means here. In all answers, and DISCONNECT. */
export const REASON_STRING = 31;
/**
 * 1…65535: messages of QoS 1 and 2 that may be under way at once. In CONNECT for those that arrive, in
 * CONNACK for ours.
 */
export const RECEIVE_MAXIMUM = 33;
/**
 * 0…65535: highest topic alias; set by the part `topicAliases`. In CONNECT for those that arrive, in
 * CONNACK for ours.
 */
export const TOPIC_ALIAS_MAXIMUM = 34;
/** 1…65535, in the place of a topic; the client writes and takes it off itself. In PUBLISH. */
export const TOPIC_ALIAS = 35;
/** 0 or 1: the highest QoS that the server takes; absent, 2. In CONNACK. */
export const MAXIMUM_QOS = 36;
/** 0: the server keeps no messages, and RETAIN is refused. In CONNACK. */
export const RETAIN_AVAILABLE = 37;
/** A pair of texts, [name, value]; may stand in a packet often. In all. */
export const USER_PROPERTY = 38;
/**
 * 1…4 294 967 295: bytes of the largest packet taken. In CONNECT for those that arrive, in CONNACK for
 * ours.
 */
export const MAXIMUM_PACKET_SIZE = 39;
/** 0: the server takes no `+` and `#`. In CONNACK. */
export const WILDCARD_SUBSCRIPTION_AVAILABLE = 40;
/** 0: the server takes no subscription identifiers. In CONNACK. */
export const SUBSCRIPTION_IDENTIFIERS_AVAILABLE = 41;
/** 0: the server takes no `$share`. In CONNACK. */
export const SHARED_SUBSCRIPTION_AVAILABLE = 42;
