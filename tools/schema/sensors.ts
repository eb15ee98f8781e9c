/** What a sensor may say, by its type; as hw/drivers.ts and the drivers have it, which a test holds this to. */
import { analogPins, defaultPin } from "./boards.ts";
import { REFINEMENT } from "./refinement.ts";
import { choice, flag, number, pair, text, whole } from "./words.ts";
import type { Schema } from "./words.ts";

const pin = (what: string, more = ""): Schema =>
  text(2, 4, `${what}, by Espruino's name, such as "D4".${more}`, { pattern: "^[A-Z]\\d{1,2}$" });

/** The default address comes first. */
const bus = (...addresses: number[]): Record<string, Schema> => ({
  data: pin("The pin of SDA", ` Sensors of one node share the bus. Default: ${defaultPin("data")}.`),
  clock: pin("The pin of SCL", ` Default: ${defaultPin("clock")}.`),
  hz: whole(10000, 400000, "Speed of the bus in Hz.", 100000),
  address: choice(
    addresses,
    `Address on the bus: ${addresses.map((one) => `${one} is 0x${one.toString(16)}`).join(", ")}.`,
    addresses[0],
  ),
});

const oversampling = (values: number[], standard: number): Schema =>
  choice(
    values,
    "Samples of this quantity that are averaged into one: more are quieter and take longer.",
    standard,
  );
const FILTER = "Coefficient of the part's own filter against short disturbances; 0 is off.";
const powers = (last: number): number[] => Array.from({ length: last + 1 }, (_, nth) => 2 ** nth);

const VOLTS = [0.1, 24] as const;
const OHMS = [1, 1e7] as const;
const CELSIUS = [-100, 300] as const;

const analog: Record<string, Schema> = {
  pin: pin(`A pin with an ADC, ${analogPins()}`),
  fullScale: number(
    ...VOLTS,
    "V at the pin that read full; of a bare ESP8266 1, with the divider of most boards 3.3.",
    3.3,
  ),
  samples: number(1, 64, "Conversions averaged into one sample.", 8),
};

/** A sensor type: what it is, its options, and those it must have. */
export interface SensorType {
  parts: string;
  options: Record<string, Schema>;
  required: readonly string[];
  /** Options that need others. */
  dependencies?: Record<string, readonly string[]>;
}

export const SENSORS: Record<string, SensorType> = {
  bme280: {
    parts: "BME280, BMP280",
    options: {
      ...bus(0x76, 0x77),
      temperatureOversampling: oversampling(powers(4), 1),
      pressureOversampling: oversampling(powers(4), 1),
      humidityOversampling: oversampling(powers(4), 1),
      filter: choice([0, 1, 2, 4, 8, 16], FILTER, 0),
    },
    required: [],
  },
  bmp180: {
    parts: "BMP180, BMP085",
    options: { ...bus(0x77), pressureOversampling: oversampling(powers(3), 1) },
    required: [],
  },
  bmp388: {
    parts: "BMP388, BMP390",
    options: {
      ...bus(0x76, 0x77),
      temperatureOversampling: oversampling(powers(5), 1),
      pressureOversampling: oversampling(powers(5), 1),
      filter: choice([0, 1, 3, 7, 15, 31, 63, 127], FILTER, 0),
    },
    required: [],
  },
  ms5611: {
    parts: "MS5611, MS5607",
    options: {
      ...bus(0x77, 0x76),
      part: choice(["ms5611", "ms5607"], "The bus does not tell them apart.", "ms5611"),
      temperatureOversampling: oversampling([256, 512, 1024, 2048, 4096], 4096),
      pressureOversampling: oversampling([256, 512, 1024, 2048, 4096], 4096),
    },
    required: [],
  },
  dps310: {
    parts: "DPS310, SPL06",
    options: {
      ...bus(0x77, 0x76),
      part: choice(["dps310", "spl06"], "The bus does not tell them apart.", "dps310"),
      temperatureOversampling: oversampling(powers(7), 1),
      pressureOversampling: oversampling(powers(7), 2),
    },
    required: [],
  },
  ds18b20: {
    parts: "DS18B20, DS18S20",
    options: {
      pin: pin("The pin of the wire"),
      rom: text(
        16,
        16,
        "The id of the part, sixteen hexadecimal digits that begin with 28 or 10, as on a DS18B20 or DS18S20; needed where there are several on one wire. Default: the only one there.",
        {
          pattern: "^(10|28)[0-9a-f]{14}$",
        },
      ),
      resolution: choice(
        [9, 10, 11, 12],
        "Bits of a DS18B20's result: 12 are steps of 0.0625 °C and take 750 ms, each less doubles the step and halves the time.",
        12,
      ),
    },
    required: ["pin"],
  },
  dht22: {
    parts: "DHT22, DHT11",
    options: {
      pin: pin("The pin of its line"),
      part: choice(["dht22", "dht11"], "Which of both it is.", "dht22"),
    },
    required: ["pin"],
  },
  hx711: {
    parts: "HX711, HX710B",
    options: {
      data: pin("The pin at DOUT"),
      clock: pin("The pin at PD_SCK"),
      part: choice(["hx711", "hx710b"], "Which of both it is.", "hx711"),
      gain: choice([128, 64, 32], "Gain; 64 and, at channel B, 32 are HX711's only.", 128),
      rate: choice(
        [10, 40, 80],
        "Conversions a second: of an HX711 10 or 80, as its pin RATE is wired; of an HX710B 10 or 40.",
        10,
      ),
      supply: number(2.6, 5.5, "V of bridge and converter.", 5),
      range: pair(
        -1e9,
        1e9,
        "Pa at the lower and at the upper end of the bridge's range; with it pressure is told, too. Default: none.",
      ),
      sensitivity: number(
        0.01,
        100,
        "mV per V of supply that the bridge gives more at the upper end than at the lower.",
        2,
      ),
      zero: number(-100, 100, "mV per V of supply that it gives at the lower end.", 0),
    },
    required: ["data", "clock"],
  },
  ntc: {
    parts: "thermistor",
    options: {
      ...analog,
      series: number(...OHMS, "Ω of the fixed resistor.", 10000),
      pullUp: flag("Does the fixed resistor go to the supply? With false the thermistor does.", true),
      supply: number(...VOLTS, "V across both resistors.", 3.3),
      resistance: number(...OHMS, "Ω of the thermistor at 25 °C.", 10000),
      beta: number(500, 10000, "β of the thermistor, in K.", 3950),
      steinhart: {
        anyOf: [{ type: "array", items: { type: "number" }, minItems: 3, maxItems: 3 }, { type: "null" }],
        description:
          "Coefficients a, b and c of Steinhart and Hart, in place of resistance and beta. Default: null, none.",
      },
      minimum: number(...CELSIUS, "°C below which it is out of range.", -40),
      maximum: number(...CELSIUS, "°C above which it is out of range.", 125),
    },
    required: ["pin"],
  },
  transducer: {
    parts: "0.5…4.5 V, ratiometric",
    options: {
      ...analog,
      range: pair(-1e9, 1e9, "Pa at 0.5 V and at 4.5 V of its output."),
      divider: number(
        0.01,
        1,
        "Share of the output that reaches the pin. Default: 2/3, as 10 and 20 kΩ make it.",
      ),
      supply: number(...VOLTS, "V of its own supply.", 5),
    },
    required: ["pin", "range"],
  },
  "current-loop": {
    parts: "4…20 mA",
    options: {
      ...analog,
      shunt: number(1, 1000, "Ω of the resistor that the current makes a voltage at.", 150),
      quantity: choice(
        ["temperature", "pressure", "humidity", "voltage"],
        "What the transmitter measures, told beside the current. Default: none.",
      ),
      range: pair(-1e9, 1e9, "Value of the quantity at 4 mA and at 20 mA; needed with it. Default: none."),
    },
    required: ["pin"],
    dependencies: { quantity: ["range"] },
  },
};

/** One sensor of a configuration. */
export function sensorSchema(): Schema {
  const common = {
    name: text(1, 65535, "Its name in topics, of letters, digits, _ and -. Default: the type.", {
      pattern: "^[A-Za-z0-9_-]+$",
    }),
    period: whole(1, 86400, "Seconds from sample to sample. Default: the node's period."),
    ...REFINEMENT,
  };
  return {
    type: "object",
    required: ["type"],
    discriminator: { propertyName: "type" },
    oneOf: Object.entries(SENSORS).map(([type, { parts, options, required, dependencies }]) => ({
      title: parts,
      properties: { type: { const: type }, ...common, ...options },
      required: ["type", ...required],
      ...(dependencies ? { dependencies } : {}),
      additionalProperties: false,
    })),
  };
}
