/**
 * What each minified bundle may weigh, in bytes; CI fails when one outgrows its line, and README's numbers are checked
 * against the bundles. The rest is checked by `npm run bench`.
 */
export const BYTES: Record<string, number> = {
  ".cache/bench/core.min.js": 5680,
  ".cache/bench/client.min.js": 7890,
  "dist/ristretto-functions.min.js": 8900,
  "dist/ristretto.min.js": 11780,
  "dist/ristretto-functions-tls.min.js": 9330,
  "dist/ristretto-full.min.js": 27320,
  "dist/esp32.min.js": 54960,
  "dist/esp8266.min.js": 53870,
};

/**
 * Variables with an ESP8266's memory layout: the core loaded from flash, with one client connected, the whole node with a
 * BME280, with two DS18B20 more, and with a BME280 and discovery.
 */
export const VARIABLES = { loaded: 190, connected: 340, node: 575, three: 680, discovery: 645 };

/** Variables that publishing and reconnecting may leave behind. */
export const GROWTH = 0;

/**
 * Thousands of machine instructions of the whole node: a second in which nothing is due, and one with a reading of a BME280
 * from sample to PUBACK.
 */
export const SECONDS = { idle: 520, reading: 8000 };

/** The core's machine instructions as a share of a peer's in the same run. */
export const SHARES = [
  { what: "again", of: "tinyMQTT.js", share: 1 / 2 },
  { what: "qos1", of: "MQTT.js", share: 1 / 3 },
  { what: "inbound", of: "tinyMQTT.js", share: 3 / 4 },
] as const;
