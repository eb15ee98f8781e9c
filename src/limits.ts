/**
 * Every capacity of the client: default, range, and what it costs on the board (a block is 12 bytes of 19 kB on ESP8266).
 * A default is replaced by the client option of the name in brackets.
 */

/** Messages that may wait or be in flight [queueLimit]; 1…1000. Each costs 3 blocks and a block per 8 bytes. */
export const QUEUE_LIMIT = 50;
/** Bytes of all queued packets together [queueBytes]; 64…65535. 2048 bytes are about 260 blocks. */
export const QUEUE_BYTES = 2048;
/** QoS 1 messages sent and not yet acknowledged [receiveMaximum]; 1…65535. No memory of their own: they stay queued. */
export const RECEIVE_MAXIMUM = 8;
/** QoS 2 messages taken whose PUBREL has not come [RECEIVE_MAXIMUM among the properties of 5.0]. 2 blocks each. */
export const QOS_2_RECEIVED = 32;
/** Requests that may wait for their responses. About 20 blocks each. */
export const REQUESTS = 16;
/** Largest packet taken in, fixed header included [maximumPacketSize], in bytes; 128…16384. Held once while it arrives. */
export const MAXIMUM_PACKET_SIZE = 1024;
/**
 * Bytes with the socket and not yet sent from which on further messages wait in the queue: one segment of the network.
 * The engine copies what is left each time it sends a piece of it. Held up to twice while it leaves.
 */
export const SEND_BUFFER = 536;
/**
 * Variables that must be free for a message to be taken, besides those of its payload [memory]: what making its packet and
 * the calls around it need for a moment. Running out ends whatever the engine does, and no program can catch it.
 */
export const MEMORY_RESERVE = 80;

/**
 * Free variables from which on memory is asked for once a second only: the default queue full of messages
 * in flight, what the socket still holds, and the reserve above.
 */
export const MEMORY_PLENTY = 512;
/** Bytes of the largest packet, and of the largest entry in the queue, that go the short way. */
export const SHORT_PACKET = 128;
/** Topics that are remembered as checked, for each direction; each costs 2 blocks and a block per 8 bytes. */
export const TOPICS = 4;
/** Filters that one SUBSCRIBE or UNSUBSCRIBE names at most. */
export const FILTERS = 8;

/** Bytes of the largest packet that there can be, with its header (MQTT 3.1.1 §2.2.3). */
export const LARGEST_PACKET = 268435460;
/** Longest string in a packet, in bytes (MQTT 3.1.1 §1.5.3). */
export const STRING_MAXIMUM = 65535;

/** Where MQTT servers listen [port]. */
export const PORT = 1883;
/** Seconds without traffic after which the client pings [keepalive]; 0…65535, 0 = never. */
export const KEEPALIVE = 60;
/** Seconds within which anything must arrive after a PINGREQ. */
export const PING_TIMEOUT = 10;
/** Milliseconds for name look-up, TCP, TLS and CONNACK together [connectTimeout]; 1000…600000. */
export const CONNECT_TIMEOUT = 30000;
/** Milliseconds for the acknowledgement of a message or a request [ackTimeout]. */
export const ACK_TIMEOUT = 60000;
/** Seconds that a link gets to report the end it was told to make. */
export const CLOSE_TIMEOUT = 5;
/** Seconds after CONNACK within which the loss of a connection is blamed on what is under way. */
export const BLAMED_WITHIN = 10;
/** Losses in a row after which what was under way at each of them is taken out. */
export const LOSSES = 3;
/** Milliseconds of the first reconnect delay's upper bound [reconnectPeriod]; 0 = never reconnect. Doubles each time. */
export const RECONNECT_PERIOD = 1000;
/** Milliseconds that the bound grows to [reconnectPeriodMaximum], and the delay after a refusal that cannot heal. */
export const RECONNECT_PERIOD_MAXIMUM = 120000;
/** Seconds a connection must last for the next failure to start from the shortest delay again. */
export const STABLE_AFTER = 60;
