/** Every field of a node's configuration, for the test of its check: what it takes, and what it does not. */
import { inspect } from "node:util";

export type Fields = Record<string, unknown>;

/** A configuration that a node can run with, and nothing more than it must have. */
export const least = (): Fields => ({
  wifi: { ssid: "home" },
  broker: { host: "broker" },
  sensors: [{ type: "bme280" }],
});

/** The least configuration with one field set; undefined takes it away. "sensors.0.name" leads into the list. */
export function withField(path: string, value: unknown): Fields {
  const config = least();
  const names = path.split(".");
  const last = names.pop()!;
  const inner = names.reduce<Fields>((fields, name) => (fields[name] ??= {}) as Fields, config);
  inner[last] = value;
  return config;
}

/** A path as the messages have it. */
export const told = (path: string): string => path.replace(/\.(\d+)/g, "[$1]");

export const x = (length: number): string => "x".repeat(length);

const NOT_STRINGS = [5, 0, true, null, [], {}, ["text"]];
const NOT_NUMBERS = ["60", true, null, [], [60], {}, NaN, Infinity, -Infinity];
const NOT_FLAGS = [0, 1, "true", "", null, [], {}];
export const NOT_OBJECTS = [5, 0, "text", "", true, false, null];

/** Every field: what it takes, what it does not, and what the message says then. */
export const FIELDS: Array<{
  path: string;
  good: unknown[];
  bad: unknown[];
  says: RegExp;
  required?: boolean;
}> = [
  {
    path: "wifi.ssid",
    good: ["a", x(32), "caf\xc3\xa9 net"],
    bad: ["", x(33), ...NOT_STRINGS],
    says: /must be a string of 1 to 32 bytes$/,
    required: true,
  },
  {
    path: "wifi.password",
    good: ["", x(8), x(63)],
    bad: ["x", x(7), x(64), ...NOT_STRINGS],
    says: /must be a string of 8 to 63 bytes$/,
  },
  {
    path: "broker.host",
    good: ["h", "192.168.1.2", "mqtt.example.org", x(255)],
    bad: ["", x(256), ...NOT_STRINGS],
    says: /must be a string of 1 to 255 bytes$/,
    required: true,
  },
  {
    path: "broker.port",
    good: [1, 1883, 65535],
    bad: [0, -1, 65536, 1883.5, ...NOT_NUMBERS],
    says: /must be a whole number from 1 to 65535$/,
  },
  {
    path: "broker.clientId",
    good: ["a", x(65535)],
    bad: ["", x(65536), ...NOT_STRINGS],
    says: /must be a string of 1 to 65535 bytes$/,
  },
  {
    path: "broker.username",
    good: ["", "me", x(65535)],
    bad: [x(65536), ...NOT_STRINGS],
    says: /must be a string of 0 to 65535 bytes$/,
  },
  {
    path: "broker.keepalive",
    good: [0, 60, 65535],
    bad: [-1, 65536, 0.5, ...NOT_NUMBERS],
    says: /must be a whole number from 0 to 65535$/,
  },
  { path: "broker.clean", good: [true, false], bad: NOT_FLAGS, says: /must be true or false$/ },
  {
    path: "base",
    good: ["a", "home/hall", "caf\xc3\xa9", "/a/"],
    bad: ["", "a/#", "a/+/b", "#", "a\0b", "\xff", x(65536), ...NOT_STRINGS],
    says: /must be a topic without \+, # and control characters$/,
  },
  {
    path: "period",
    good: [1, 60, 86400],
    bad: [0, -1, 86401, 1.5, ...NOT_NUMBERS],
    says: /must be a whole number from 1 to 86400$/,
  },
  { path: "values", good: [true, false], bad: NOT_FLAGS, says: /must be true or false$/ },
  {
    path: "discovery",
    good: [true, false, {}, { prefix: "ha" }, { name: "Hall" }],
    bad: [0, 1, "true", "homeassistant", "", null],
    says: /must be true, false, or an object$/,
  },
  {
    path: "discovery.prefix",
    good: ["homeassistant", "ha/discovery"],
    bad: ["", "a/#", "+", "a\0b", ...NOT_STRINGS],
    says: /must be a topic without \+, # and control characters$/,
  },
  {
    path: "discovery.name",
    good: ["Hall", "K\xc3\xbcche", 'C# "A+B" \\', x(64)],
    bad: ["", x(65), "two\nlines", "tab\t", ...NOT_STRINGS],
    says: /must be a text of 1 to 64 bytes in one line$/,
  },
  {
    path: "restart_after",
    good: [0, 600, 900, 86400],
    bad: [-1, 1, 599, 86401, 900.5, "900", true, null],
    says: /must be a whole number from 600 to 86400$/,
  },
  {
    path: "key",
    good: [x(16), x(64), "K\xc3\xbcche and cellar"],
    bad: ["", x(15), x(65), ...NOT_STRINGS],
    says: /must be a string of 16 to 64 bytes$/,
  },
  {
    path: "ntp",
    good: ["", "pool.ntp.org", x(63)],
    bad: [x(64), ...NOT_STRINGS],
    says: /must be a string of 0 to 63 bytes$/,
  },
  {
    path: "queue.limit",
    good: [1, 50, 1000],
    bad: [0, 1001, 2.5, ...NOT_NUMBERS],
    says: /must be a whole number from 1 to 1000$/,
  },
  {
    path: "queue.bytes",
    good: [64, 2048, 65535],
    bad: [63, 65536, 64.5, ...NOT_NUMBERS],
    says: /must be a whole number from 64 to 65535$/,
  },
  {
    path: "queue.policy",
    good: ["drop-oldest", "drop-newest"],
    bad: ["", "drop-old", "DROP-OLDEST", ...NOT_STRINGS],
    says: /must be drop-oldest or drop-newest$/,
  },
  {
    path: "sensors",
    good: [[{ type: "bme280" }], [{ type: "bme280" }, { type: "ds18b20" }]],
    bad: [[], {}, { length: 1 }, ...NOT_OBJECTS],
    says: /must be a list of at least one sensor$/,
    required: true,
  },
  {
    path: "sensors.0.type",
    good: ["bme280", "ds18b20"],
    bad: ["BME280", "bme", "toString", "bme280s"],
    says: /must be one of bme280, ds18b20$/,
    required: true,
  },
  {
    path: "sensors.0.name",
    good: ["hall", "a-b_C9"],
    bad: ["", "a b", "a/b", "a+", '"', "\xc3\xa9", ...NOT_STRINGS],
    says: /must be letters, digits, _ and -$/,
  },
  {
    path: "sensors.0.data",
    good: ["D4", "D21", "A0"],
    bad: ["", "D", "D1234", ...NOT_STRINGS],
    says: /must be a string of 2 to 4 bytes$/,
  },
  {
    path: "sensors.0.clock",
    good: ["D5", "D22"],
    bad: ["", "D", "D1234", ...NOT_STRINGS],
    says: /must be a string of 2 to 4 bytes$/,
  },
  {
    path: "sensors.0.hz",
    good: [10000, 100000, 400000],
    bad: [9999, 400001, 100000.5, ...NOT_NUMBERS],
    says: /must be a whole number from 10000 to 400000$/,
  },
];

/** Short enough for the name of a test. */
export function show(value: unknown): string {
  const text = inspect(value, { breakLength: Infinity });
  return text.length > 40 ? `${text.slice(0, 8)}… of ${text.length}` : text;
}
