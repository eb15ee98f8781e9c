/**
 * What a node holds of a board's variables, as measured on the interpreter with an ESP8266's memory layout, which
 * test/interpreter/estimate.test.ts does anew: the bundle for that configuration from flash, connected, after its first reading.
 */

/** A node with one sensor of this type. */
export const NODE: Record<string, number> = {
  bme280: 593,
  bmp180: 606,
  bmp388: 619,
  ms5611: 607,
  dps310: 636,
  ds18b20: 605,
  dht22: 599,
  hx711: 624,
  ntc: 582,
  transducer: 585,
  "current-loop": 580,
};
/** A further sensor of a type the node has, and of another one. */
export const FURTHER_SENSOR = 45;
export const FURTHER_TYPE = 75;
/** What refines readings at all; a step, by its kind, and each derived quantity and unit. */
export const REFINEMENT = 40;
export const STEP: Record<string, number> = {
  offset: 17,
  linear: 17,
  polynomial: 17,
  delta: 22,
  round: 17,
  throttle: 17,
  skip: 15,
};
/** Any other step: a window with its values. */
export const OTHER_STEP = 34;
/** A further step of a kind the node has. */
export const SAME_STEP = 21;
export const DERIVED = 14;
export const UNIT = 6;

/** More on boards of the family ESP32: what chooses between TCP and TLS, and says what TLS is worth. */
export const ESP32 = 17;
/** Where it encrypts; mbedTLS has memory of its own. Each certificate and key, and so many of its bytes more. */
export const TLS = 18;
export const CERTIFICATE = 2;
export const CERTIFICATE_BYTES = 12;
/** Bytes of one that is named by its file, which may not have been read. */
export const USUAL_CERTIFICATE = 1000;

/** What announces the node to Home Assistant, and for each sensor. */
export const DISCOVERY = 85;
export const DISCOVERY_SENSOR = 7;

/** What checks signatures. */
export const KEY = 28;

/** More at the peak of a publish, and of that which announces an entity. */
export const PUBLISH = 185;
export const DISCOVERY_PEAK = 500;
/** Held by the interpreter before there is a program. */
export const INTERPRETER = 48;
/** Each reading that waits for a connection. */
export const WAITING_READING = 5;
