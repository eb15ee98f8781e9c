/** Configurations that docs/configuration.md shows what is said of: the part that matters, as shown, and the whole. */

type Fields = Record<string, unknown>;

const least = (board: string): Fields => ({ board, wifi: { ssid: "home" }, broker: { host: "broker" } });

/** A part of a configuration, laid over the least one. */
const with_ = (part: string, board = "esp32"): readonly [shown: string, config: Fields] => [
  part,
  { ...least(board), ...(JSON.parse(`{${part}}`) as Fields) },
];

export const REFUSED = [
  with_('"priod": 5'),
  with_('"period": 0.5'),
  with_('"board": "esp23"'),
  with_('"wifi": {}'),
  with_('"wifi": { "ssid": "home", "password": "basil" }'),
  with_('"broker": { "host": "mqtt://broker" }'),
  with_('"broker": { "host": "broker", "port": 70000 }'),
  with_('"broker": { "host": "broker", "password": "…" }'),
  with_('"broker": { "host": "broker", "tls": { "cert": "hall.pem" } }'),
  with_('"base": "house/#"'),
  with_('"key": "too short"'),
  with_('"sensors": []'),
  with_('"sensors": [{ "type": "bmp280" }]'),
  with_('"sensors": [{ "type": "ds18b20" }]'),
  with_('"sensors": [{ "type": "ds18b20", "pin": "4" }]'),
  with_('"sensors": [{ "type": "bme280", "name": "on the roof" }]'),
  with_('"sensors": [{ "type": "bme280", "filter": 3 }]'),
  with_('"sensors": [{ "type": "current-loop", "pin": "D34", "quantity": "pressure" }]'),
  with_('"sensors": [{ "type": "bme280" }, { "type": "bme280", "address": 119 }]'),
  with_('"sensors": [{ "type": "bme280", "chain": { "temperature": [{ "medium": 5 }] } }]'),
  with_('"board": "esp8266", "broker": { "host": "broker", "tls": true }'),
];

const sensors = (board: string, ...list: string[]): readonly [shown: string, config: Fields] => {
  const [, config] = with_(`"sensors": [${list.join(", ")}]`, board);
  return [`"board": "${board}", "sensors": [${list.join(", ")}]`, config];
};

export const WARNED = [
  sensors("esp32", '{ "type": "ds18b20", "pin": "D6" }'),
  sensors("esp32", '{ "type": "ds18b20", "pin": "D12" }'),
  sensors("esp32", '{ "type": "ds18b20", "pin": "D2" }'),
  sensors("esp32", '{ "type": "ds18b20", "pin": "D1" }'),
  sensors("esp32", '{ "type": "dht22", "pin": "D34" }'),
  sensors("esp32", '{ "type": "ntc", "pin": "D4" }'),
  sensors("esp32", '{ "type": "ds18b20", "pin": "D77" }'),
  sensors("esp32c3", '{ "type": "ds18b20", "pin": "D12" }'),
  sensors("esp32c3", '{ "type": "ds18b20", "pin": "D18" }'),
  sensors("esp32c3", '{ "type": "ds18b20", "pin": "D20" }'),
  sensors("esp32c3", '{ "type": "hx711", "data": "D9", "clock": "D5" }'),
  sensors("esp32s3", '{ "type": "dht22", "pin": "D8" }'),
  sensors("esp32s3", '{ "type": "ntc", "pin": "D4" }'),
  sensors("esp32s3", '{ "type": "ds18b20", "pin": "D35" }'),
  sensors("esp32s3", '{ "type": "ds18b20", "pin": "D46" }'),
  sensors("esp8266", '{ "type": "dht22", "pin": "D16" }'),
  sensors("esp8266", '{ "type": "ds18b20", "pin": "D15" }'),
  sensors("esp8266", '{ "type": "ds18b20", "pin": "D0" }'),
  sensors("esp8266", '{ "type": "ntc", "pin": "D4" }'),
  sensors("esp32", '{ "type": "bme280" }', '{ "type": "bmp388" }'),
  sensors("esp32", '{ "type": "bme280" }', '{ "type": "bmp180", "data": "D4", "clock": "D5" }'),
  sensors("esp32", '{ "type": "bme280" }', '{ "type": "bmp180", "hz": 400000 }'),
  sensors("esp32", '{ "type": "bme280" }', '{ "type": "ds18b20", "pin": "D21" }'),
  sensors(
    "esp32",
    '{ "type": "ds18b20", "pin": "D4" }',
    '{ "type": "ds18b20", "pin": "D4", "name": "second" }',
  ),
  with_('"queue": { "readings": 500 }', "esp8266"),
];
