/** Configurations that cannot work and what the console says of each, and bytes that make no sense. */

export const wifi = { ssid: "home", password: "secret-wifi" };
export const broker = { host: "broker" };

export const MISTAKES: ReadonlyArray<readonly [what: string, config: object, lines: readonly string[]]> = [
  ["a network without a name", { wifi: {}, broker }, ["wifi.ssid: must be a string of 1 to 32 bytes"]],
  [
    "a network that is no object",
    { wifi: "home", broker },
    ["wifi: must be an object", "wifi.ssid: must be a string of 1 to 32 bytes"],
  ],
  [
    "a network that is null",
    { wifi: null, broker },
    ["wifi: must be an object", "wifi.ssid: must be a string of 1 to 32 bytes"],
  ],
  [
    "a password that is too short",
    { wifi: { ssid: "home", password: "tiny-pw" }, broker },
    ["wifi.password: must be a string of 8 to 63 bytes"],
  ],
  [
    "a password that is a number",
    { wifi: { ssid: "home", password: 1234567890 }, broker },
    ["wifi.password: must be a string of 8 to 63 bytes"],
  ],
  [
    "a broker with a scheme",
    { wifi, broker: { host: "mqtt://broker" } },
    ["broker.host: must be a name or an address alone, without mqtt:// or a path"],
  ],
  [
    "a broker without a host",
    { wifi, broker: { port: 1883 } },
    ["broker.host: must be a string of 1 to 255 bytes"],
  ],
  [
    "wrong numbers",
    { wifi, broker: { host: "broker", port: 70000, keepalive: -1 }, period: 0.5 },
    [
      "broker.port: must be a whole number from 1 to 65535",
      "broker.keepalive: must be a whole number from 0 to 65535",
      "period: must be a whole number from 1 to 86400",
    ],
  ],
  [
    "a number as text",
    { wifi, broker: { host: "broker", port: "1883" } },
    ["broker.port: must be a whole number from 1 to 65535"],
  ],
  [
    "a password without a user name",
    { wifi, broker: { host: "broker", password: "hunter2hunter2" } },
    ["broker.username: is needed with a password"],
  ],
  [
    "flags that are none",
    { wifi, broker: { host: "broker", clean: "no" }, values: 1 },
    ["broker.clean: must be true or false", "values: must be true or false"],
  ],
  [
    "a base with a wildcard",
    { wifi, broker, base: "garden/#" },
    ["base: must be a topic without +, # and control characters"],
  ],
  [
    "an empty base",
    { wifi, broker, base: "" },
    ["base: must be a topic without +, # and control characters"],
  ],
  [
    "a queue out of bounds",
    { wifi, broker, queue: { limit: 0, bytes: 10, policy: "oldest" } },
    [
      "queue.limit: must be a whole number from 1 to 1000",
      "queue.bytes: must be a whole number from 64 to 65535",
      "queue.policy: must be drop-oldest or drop-newest",
    ],
  ],
  [
    "misspelt names",
    { wifi: { ...wifi, sssid: "home" }, broker: { host: "broker", user: "a" }, sensor: [] },
    [
      "sensor: unknown; known are wifi broker base period values sensors discovery key ntp queue restart_after",
      "wifi.sssid: unknown; known are ssid password",
      "broker.user: unknown; known are host port tls clientId username password keepalive clean",
    ],
  ],
  ["no sensor", { wifi, broker, sensors: [] }, ["sensors: must be a list of at least one sensor"]],
  [
    "a sensor that no driver is for",
    { wifi, broker, sensors: [{ type: "bme680" }] },
    [
      "sensors[0].type: must be one of bme280, bmp180, bmp388, ms5611, dps310, ds18b20, dht22, hx711, ntc, transducer, current-loop",
    ],
  ],
  [
    "a sensor that is only a word",
    { wifi, broker, sensors: ["bme280"] },
    [
      "sensors[0]: must be an object",
      "sensors[0].type: must be one of bme280, bmp180, bmp388, ms5611, dps310, ds18b20, dht22, hx711, ntc, transducer, current-loop",
    ],
  ],
  [
    "two sensors of one name",
    { wifi, broker, sensors: [{ type: "bme280" }, { type: "bme280", address: 119 }] },
    ["sensors[1].name: another sensor has it; give each a name of its own"],
  ],
  [
    "a sensor's name that no topic can have",
    { wifi, broker, sensors: [{ type: "bme280", name: "a/b" }] },
    ["sensors[0].name: must be letters, digits, _ and -"],
  ],
  [
    "a bus that is too slow",
    { wifi, broker, sensors: [{ type: "bme280", address: 200, hz: 1 }] },
    ["sensors[0].hz: must be a whole number from 10000 to 400000"],
  ],
  [
    "options that the parts do not have",
    {
      wifi,
      broker,
      sensors: [
        { type: "bme280", address: 200 },
        { type: "bmp180", pressureOversampling: "high" },
        { type: "bme280", name: "right", filter: 4 },
      ],
    },
    [
      "sensors[0].address: must be one of 118, 119",
      "sensors[1].pressureOversampling: must be one of 1, 2, 4, 8",
    ],
  ],
  [
    "misspelt names",
    { wifi: { ...wifi, sssid: "home" }, broker: { host: "broker", user: "a" }, sensor: [] },
    [
      "sensor: unknown; known are wifi broker base period values sensors discovery key ntp queue restart_after",
      "wifi.sssid: unknown; known are ssid password",
      "broker.user: unknown; known are host port tls clientId username password keepalive clean",
    ],
  ],
  [
    "readings that cannot be refined so",
    {
      wifi,
      broker,
      sensors: [
        { type: "bme280", chain: { temperature: [{ round: 1 }, { median: 20 }] } },
        { type: "bme280", name: "roof", units: { pressure: "mbar" } },
      ],
    },
    [
      "sensors[0].chain.temperature[1].median.window: must be a number from 1 to 16",
      "sensors[1].units.pressure: must be one of Pa, hPa, kPa, bar, psi, mmHg, inHg",
    ],
  ],
  [
    "pins that are none",
    { wifi, broker, sensors: [{ type: "ds18b20", pin: "D99" }, { type: "dht22" }] },
    ["sensors[0].pin: must be a pin, such as D4", "sensors[1].pin: must be a pin, such as D4"],
  ],
  [
    "options of another kind",
    {
      wifi,
      broker,
      sensors: [
        { type: "ds18b20", pin: "D4", rom: 28 },
        { type: "dps310", part: "dps368" },
      ],
    },
    [
      "sensors[0].rom: must be the id of a DS18B20 or DS18S20, sixteen hexadecimal digits",
      "sensors[1].part: must be one of dps310, spl06",
    ],
  ],
  [
    "two buses where a board has one",
    {
      wifi,
      broker,
      sensors: [
        { type: "bme280", data: "D4", clock: "D5" },
        { type: "bme280", name: "other", address: 119, data: "D4", clock: "D5" },
        { type: "bmp180" },
        { type: "dps310", data: "D5", clock: "D4", address: 118 },
      ],
    },
    [
      "sensors[2].data: must be what the first I2C part has, as clock and hz",
      "sensors[3].data: must be what the first I2C part has, as clock and hz",
    ],
  ],
  [
    "an option of another part",
    { wifi, broker, sensors: [{ type: "bmp180", filter: 4 }] },
    [
      "sensors[0].filter: unknown; known are type name period chain derive units data clock hz address pressureOversampling",
    ],
  ],
];

/** Files that are no JSON. */
export const NO_JSON: ReadonlyArray<readonly [what: string, text: string]> = [
  ["half a file", '{"wifi":{"ssid":"home","password":"secret-wifi"},"bro'],
  ["no JSON at all", "wifi = home, secret-wifi"],
  ["nothing but a bracket", "{"],
];

/** The last line of a node that was not started. */
export const STOPPED = "Not started. Correct config.json in Storage, then restart.";

/** What no server may send. */
export const HOSTILE: ReadonlyArray<readonly [what: string, hex: string]> = [
  ["a packet of type 0", "0000"],
  ["a packet of type 15", "f000"],
  ["a length of five bytes", "30ffffffff7f"],
  ["a second CONNACK", "20020000"],
  ["a CONNACK with a body of one byte", "200100"],
  ["a SUBACK that nobody waits for", "9003000100"],
  ["a PUBACK with flags", "41020001"],
  ["a PUBACK without an id", "4000"],
  ["a PINGRESP with a body", "d00100"],
  ["an empty topic", "30020000"],
  ["a topic longer than its packet", "3003ffff61"],
  ["a topic with a wildcard", "30040002612b"],
  ["a topic with a zero byte", "300400026100"],
  ["a topic that is no UTF-8", "30040002c328"],
  ["QoS 2", "34050001610001"],
  ["QoS 3", "36050001610001"],
  ["QoS 1 with id 0", "3206000161000061"],
  ["DUP without QoS 1", "38050001616161"],
  ["a PINGRESP with flags", "d100"],
  ["a PINGREQ", "c000"],
  ["a CONNECT", "100c00044d5154540402003c0000"],
  ["a SUBSCRIBE", "8206000100016100"],
];
