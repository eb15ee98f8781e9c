/** Control packet types in the upper four bits of the first byte, with the flags the standard fixes (MQTT 3.1.1 §2.2). */
export const CONNECT = 0x10;
export const CONNACK = 0x20;
export const PUBLISH = 0x30;
export const SUBSCRIBE = 0x82;
export const UNSUBSCRIBE = 0xa2;
export const DISCONNECT = 0xe0;
export const AUTH = 0xf0;

/** PINGREQ and PINGRESP (§3.12, §3.13), whole. */
export const PINGREQ = "\xc0\0";
export const PINGRESP = "\xd0\0";

/** First bytes of the acknowledgements (§3.4…§3.7), of which each has two bytes behind it in 3.1.1: a packet id. */
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBREL = 0x62;
export const PUBCOMP = 0x70;

/** Packet types as the dispatch table counts them: the first byte shifted right by four. */
export const TYPE_CONNACK = 2;
export const TYPE_PUBLISH = 3;
export const TYPE_PUBACK = 4;
export const TYPE_PUBREC = 5;
export const TYPE_PUBREL = 6;
export const TYPE_PUBCOMP = 7;
export const TYPE_SUBACK = 9;
export const TYPE_UNSUBACK = 11;
export const TYPE_PINGRESP = 13;
export const TYPE_DISCONNECT = 14;
export const TYPE_AUTH = 15;

/** PUBLISH flag: the server keeps the message for later subscribers, or kept it until now. */
export const RETAIN = 1;
/** PUBLISH flag: at most once. The value is 0, and stands for no flag. */
export const QOS_0 = 0;
/** PUBLISH flag: at least once, acknowledged by a PUBACK. */
export const QOS_1 = 2;
/** PUBLISH flag: exactly once; with the part `qos2` only. */
export const QOS_2 = 4;
/** PUBLISH flag of a message that arrives: perhaps a repetition of one already received. The client itself sets it on what it sends again. */
export const DUP = 8;
/** Both QoS bits of the PUBLISH flags: `flags & QOS_MASK` is QOS_0, QOS_1 or QOS_2. */
export const QOS_MASK = 6;

/** CONNECT flags (§3.1.2). */
export const CLEAN_SESSION = 2;
export const WILL = 4;
export const PASSWORD = 64;
export const USER_NAME = 128;
