/** Every fault that each part can have: how it comes about on its model, and what the node says of it. */
import { attachPart } from "../../tools/parts.ts";
import type { BoardKind } from "../../sim/world.ts";
import { AIR_LATER, placeOf } from "./part-bench.ts";
import type { Bench } from "./part-bench.ts";

/** Another part takes the place of the first on its pin. */
function exchange({ node, sensors, parts }: Bench, settings: object): void {
  node.board.pins.wire(sensors[0]!.pin as string).detach(parts[0]!.model);
  parts[0] = attachPart({ ...sensors[0]!, ...settings }, placeOf(node))!;
  parts[0].expose(AIR_LATER);
}

/** What can be wrong with a part, and what the node says of it in order; nothing where it cannot be wrong then. */
export interface Trouble {
  what: string;
  start?: string[];
  service?: string[];
  /** Default: the model's fault of that name. */
  cause?(bench: Bench): void;
  heal?(bench: Bench): void;
  /** It is over before the sample after. */
  passes?: boolean;
  /** Only where the ADC ends below what the part can give. */
  settings?: object;
  /** Boards that tell it so; default both. */
  kind?: BoardKind;
}

/** A fault of the model that is told the same whenever it comes. */
const always = (what: string, ...faults: string[]): Trouble => ({ what, start: faults, service: faults });
/** One that a part has from its start, and in service when it was exchanged for one that has it. */
const exchanged = (what: string, fault: string): Trouble => ({
  what,
  start: [fault],
  service: ["power-on-value", fault],
  cause(bench) {
    if (bench.count()) bench.model.powerCycle();
    bench.model.fault = what;
  },
});
/** An exposure beyond what the part can measure. */
const beyond = (cause: (bench: Bench) => void): Trouble => ({
  ...always("exposure beyond its range", "out-of-range"),
  cause,
  heal: () => undefined,
});
const hot = beyond(({ model }) => (model.temperature = 130));
/** A part's own filter would follow in its time only. */
const hotUnfiltered = { ...hot, settings: { filter: 0 } };
const lostPower: Trouble = {
  what: "loss of power between two samples",
  service: ["power-on-value"],
  cause: ({ model }) => model.powerCycle(),
  passes: true,
};
/** Lines that are held low: an ESP32 notices, an ESP8266 reads zeros. */
const heldBus = (start: string[], service: string[]): Trouble[] => {
  const held = {
    what: "I2C line held low",
    cause: ({ node }: Bench) => void (node.board.i2c.stuck = true),
    heal: ({ node }: Bench) => void (node.board.i2c.stuck = false),
  };
  return [
    { ...held, start: ["absent"], service: ["absent"], kind: "ESP32" },
    { ...held, start, service, kind: "ESP8266" },
  ];
};
const heldLine = (option: string, ...faults: string[]): Trouble => ({
  ...always("line held low", ...faults),
  cause: ({ node, sensors }) => void (node.board.pins.wire(sensors[0]![option] as string).stuck = 0),
  heal: ({ node, sensors }) => void (node.board.pins.wire(sensors[0]![option] as string).stuck = undefined),
});

const ANALOG = [always("open", "open"), always("short", "short")];

/** By the type of the driver, every fault that its file's head lists. */
export const TROUBLES: Record<string, Trouble[]> = {
  bme280: [
    always("absent", "absent"),
    exchanged("wrong-id", "wrong-id"),
    exchanged("blank-calibration", "bad-calibration"),
    exchanged("zero-calibration", "bad-calibration"),
    exchanged("stuck-copying", "not-ready"),
    always("stuck-measuring", "not-ready"),
    always("deaf", "not-ready"),
    always("no-data", "no-data"),
    always("all-ones", "out-of-range"),
    hotUnfiltered,
    lostPower,
    ...heldBus(["wrong-id"], ["power-on-value", "wrong-id"]),
  ],
  bmp180: [
    always("absent", "absent"),
    always("wrong-id", "wrong-id"),
    always("blank-calibration", "bad-calibration"),
    always("zero-calibration", "bad-calibration"),
    always("cut-calibration", "bad-calibration"),
    always("stuck-converting", "not-ready"),
    // After the reset that follows, its registers show that nothing was converted since.
    { what: "deaf", start: ["power-on-value"], service: ["no-data", "power-on-value"] },
    always("no-data", "no-data"),
    always("data-ones", "no-data"),
    hot,
    ...heldBus(["wrong-id"], ["wrong-id"]),
  ],
  bmp388: [
    always("absent", "absent"),
    exchanged("wrong-id", "wrong-id"),
    exchanged("blank-calibration", "bad-calibration"),
    exchanged("zero-calibration", "bad-calibration"),
    exchanged("flipped-bit", "crc"),
    exchanged("stuck-starting", "not-ready"),
    always("stuck-converting", "not-ready"),
    always("no-data", "no-data"),
    always("fatal", "no-data"),
    always("data-ones", "out-of-range"),
    hotUnfiltered,
    lostPower,
    ...heldBus(["wrong-id"], ["power-on-value", "wrong-id"]),
  ],
  ms5611: [
    always("absent", "absent"),
    always("blank-prom", "bad-calibration"),
    always("zero-prom", "bad-calibration"),
    { what: "flipped-bit", start: ["crc"] },
    always("stuck-converting", "not-ready"),
    always("data-ones", "out-of-range"),
    hot,
    ...heldBus(["bad-calibration"], ["bad-calibration"]),
  ],
  dps310: [
    always("absent", "absent"),
    exchanged("wrong-id", "wrong-id"),
    exchanged("blank-calibration", "bad-calibration"),
    exchanged("zero-calibration", "bad-calibration"),
    exchanged("stuck-starting", "not-ready"),
    always("stuck-converting", "not-ready"),
    always("no-data", "no-data"),
    always("data-ones", "out-of-range"),
    hot,
    lostPower,
    ...heldBus(["wrong-id"], ["power-on-value", "wrong-id"]),
  ],
  ds18b20: [
    always("absent", "absent"),
    always("all-ones", "absent"),
    always("all-zeros", "short"),
    heldLine("pin", "short"),
    always("bit-flip", "crc"),
    always("stuck-converting", "not-ready"),
    always("deaf", "not-ready"),
    hot,
    lostPower,
  ],
  dht22: [
    always("absent", "absent"),
    heldLine("pin", "short"),
    always("all-zeros", "no-data"),
    always("truncated", "no-data"),
    always("bit-flip", "crc"),
    beyond(({ model }) => (model.temperature = 90)),
  ],
  hx711: [
    // It was there; after the reset that follows it is not known to be.
    { what: "absent", start: ["absent"], service: ["not-ready", "absent"] },
    { what: "never-ready", start: ["absent"], service: ["not-ready", "absent"] },
    heldLine("data", "short"),
    always("saturated", "saturated"),
    always("interrupted", "not-ready"),
    beyond(({ model }) => (model.ratio = 3)),
  ],
  ntc: [
    ...ANALOG,
    { ...always("saturated", "saturated"), settings: { fullScale: 2.5 } },
    beyond(({ model }) => (model.truth = 140)),
  ],
  transducer: [
    ...ANALOG,
    { ...always("saturated", "saturated"), settings: { fullScale: 3 } },
    beyond(({ model }) => (model.truth = 1_040_000)),
  ],
  "current-loop": [
    ...ANALOG,
    { ...always("saturated", "saturated"), settings: { shunt: 165 } },
    beyond(({ model }) => (model.truth = 3.7)),
  ],
};

/** Faults that only some parts of a type can have, or that they tell otherwise, by their example. */
export const OTHERS: Record<string, Trouble[]> = {
  ds18s20: [always("no-steps", "no-data")],
  dht11: [
    {
      ...always("a DHT22 in its place", "wrong-id"),
      cause: (bench) => exchange(bench, { part: "dht22" }),
      heal: (bench) => exchange(bench, { part: "dht11" }),
    },
  ],
};
