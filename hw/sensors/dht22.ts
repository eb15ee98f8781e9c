/**
 * Aosong DHT22 (AM2302) and DHT11 on a single data line.
 *
 * | part  | readings                                                    |
 * | ----- | ----------------------------------------------------------- |
 * | DHT22 | `temperature` °C, -40…80 and `humidity` %RH, in steps of 0.1 |
 * | DHT11 | the same, -20…60 °C, in steps of 0.1 or 1                   |
 *
 * | fault          | what happened                                                                            |
 * | -------------- | ---------------------------------------------------------------------------------------- |
 * | `absent`       | nothing answered, three times                                                            |
 * | `short`        | the line is held low                                                                     |
 * | `no-data`      | edges of the answer were lost or its bits all zeros, three times                         |
 * | `crc`          | its checksum did not match, three times                                                  |
 * | `wrong-id`     | the answer is one of the other part                                                      |
 * | `out-of-range` | the result lies outside what the part can measure                                        |
 * | `not-ready`    | the line of another such part was busy all the time; or a sample is under way             |
 *
 * A part answers with what it measured after it was asked the time before (AM2302 "Single-bus communication"), and wants
 * two seconds in between: a sample waits, asks, waits, and asks again. It takes 4 s, the first 2 s, and 2 s more for each
 * answer that was lost.
 *
 * The answer has 84 edges in 5 ms. Espruino queues them all, wanted or not, until the program looks at them: up to 84 on
 * ESP8266, which is just enough, with firmware from 2v26 on. Older firmware keeps 16 and gives `no-data` there. Wi-Fi that
 * delays an edge by more than 20 µs spoils an answer: `no-data` or `crc`, and another try.
 *
 * "AM2302" cites Aosong's product manual AM2302, "DHT11" that of the DHT11.
 */
import { listen, reserve, stopListening } from "../io/pulses.ts";
import type { PulsePart, PulsePin } from "../io/pulses.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface Dht22Options {
  /** Any pin that drives and can be watched: not D16 of an ESP8266, not D6…D12 and D34…D39 of an ESP32. */
  pin: PulsePin;
  /** Default "dht22". Both options are fixed at creation: `configure` passes over them. */
  part?: "dht22" | "dht11";
}

const START_MS = 2; // AM2302 "Single-bus signals": 0.8…20 ms
const START_DHT11_MS = 20; // DHT11: 18 ms at least
const BETWEEN_MS = 2000; // AM2302 and DHT11: at least
/** The answer takes 160 µs and 40 bits of 76…120 µs. */
const ANSWER_MS = 12;
const BUSY_MS = 50; // until the answer of another part is over
const TRIES = 3;
/** Looks at a line that another part uses. */
const LOOKS = 40;

interface Dht22 extends Part<Dht22, Dht22Options>, PulsePart {
  _isDht11: boolean;
  /** 1 when the part was asked two seconds ago, so that its answer is not old. */
  _isAwake: number;
  _looks: number;
}

/** A reading from the 40 bits of an answer, or why there is none. */
export function decodeAnswer(bits: string, isDht11: boolean): Fault | Reading {
  if (bits.length !== 40) return "no-data";
  const bytes: number[] = [];
  for (let i = 0; i < 40; i += 8) bytes.push(parseInt(bits.substr(i, 8), 2));
  const sum = bytes[0] + bytes[1] + bytes[2] + bytes[3];
  if ((sum & 255) !== bytes[4]) return "crc";
  // Zeros have a right checksum.
  if (!sum) return "no-data";
  // DHT11 "Data": whole and tenths of humidity, then of temperature, whose sign is in the last byte. Tenths are digits.
  const isDigits = bytes[1] < 10 && (bytes[3] & 127) < 10;
  let humidity = bytes[0] + bytes[1] / 10;
  let temperature = bytes[2] + (bytes[3] & 127) / 10;
  if (isDht11) {
    // No DHT11 measures less than 5 %, which is what the tenths of a DHT22 begin with.
    if (!isDigits || bytes[0] < 4) return "wrong-id";
    if (bytes[3] & 128) temperature = 0 - temperature;
  } else {
    // AM2302 "Single-bus data": tenths, humidity first. 100 % is 03E8: what lies above is none, or whole per cents.
    if (bytes[0] > 3) return isDigits ? "wrong-id" : "out-of-range";
    humidity = (bytes[0] * 256 + bytes[1]) / 10;
    const word = bytes[2] * 256 + bytes[3];
    // The highest bit is the sign. No temperature needs the bits below it: copies of the part have two's complement there.
    temperature = word & 0x7c00 ? (word << 20) >> 20 : word & 0x8000 ? 0 - (word & 0x3ff) : word;
    temperature /= 10;
  }
  // AM2302 and DHT11, "Performance".
  return humidity <= 100 && temperature >= (isDht11 ? -20 : -40) && temperature <= (isDht11 ? 60 : 80)
    ? { temperature: temperature, humidity: humidity }
    : "out-of-range";
}

function collect(part: Dht22): number | Fault | Reading {
  stopListening(part);
  if (!part._pin.read()) return "short";
  const outcome = part._edges ? decodeAnswer(part._bits, part._isDht11) : "absent";
  part._step = start;
  return (outcome === "absent" || outcome === "no-data" || outcome === "crc") && --part._polls
    ? BETWEEN_MS
    : outcome;
}

function release(part: Dht22): number {
  if (part._isAwake) {
    part._step = collect;
    listen(part);
    return ANSWER_MS;
  }
  part._isAwake = 1;
  part._step = start;
  part._pin.mode("input_pullup");
  return BETWEEN_MS;
}

function start(part: Dht22): number | Fault {
  // From here on, so that the line is not kept low for longer than it should be.
  if (part._isAwake && !reserve(part)) return --part._looks ? BUSY_MS : "not-ready";
  part._step = release;
  part._pin.mode("output");
  part._pin.write(0);
  return part._isDht11 ? START_DHT11_MS : START_MS;
}

function measure(part: Dht22): number | Fault {
  part._polls = TRIES;
  part._looks = LOOKS;
  if (!part._isAwake) return start(part);
  // It was asked before, perhaps just now: asked again too soon it would neither answer nor measure.
  part._isAwake = 0;
  part._step = start;
  return BETWEEN_MS;
}

/** Nothing of the part can be set. */
/*@__START__*/
function configure(this: Dht22): void {
  this._ready = 0;
}

/** `close`, which lets go of the line, too. */
function closeLine(this: Dht22): void {
  stopListening(this);
  this._pin.mode("input_pullup");
  close.call(this);
}

/** A driver for one part. Asks nothing before the first `sample`. Throws when the pin cannot be watched. */
export function createDht22(options: Dht22Options): Sensor<Dht22Options> {
  const kind = options.part || "dht22";
  if (kind !== "dht22" && kind !== "dht11") throw "part: must be dht22 or dht11";
  const part: Made<Dht22, "_watch" | "_edges" | "_fellAt" | "_bits" | "_looks"> = {
    configure,
    sample,
    close: closeLine,
    _first: measure,
    _pin: options.pin,
    _isDht11: kind === "dht11",
    _isAwake: 0,
  };
  const canWatch = listen(part as Dht22);
  stopListening(part as Dht22);
  if (!canWatch) throw "pin: cannot be watched, as D16 of an ESP8266 and D6 to D12 of an ESP32";
  return part;
}
