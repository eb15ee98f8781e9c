/** The parts that a configuration names, as models on the simulated board: what each is exposed to, and that it can break. */
import { createCurrentLoopModel, createNtcModel, createTransducerModel } from "../sim/devices/analog.ts";
import { createBme280Model } from "../sim/devices/bme280.ts";
import { createBmp180Model } from "../sim/devices/bmp180.ts";
import { createBmp388Model } from "../sim/devices/bmp388.ts";
import { createDhtModel } from "../sim/devices/dht.ts";
import { createDps310Model } from "../sim/devices/dps310.ts";
import { createDs18b20Model } from "../sim/devices/ds18b20.ts";
import { createHx711Model } from "../sim/devices/hx711.ts";
import { createMs5611Model } from "../sim/devices/ms5611.ts";
import type { BusDevice } from "../sim/bus.ts";
import type { PinDevice } from "../sim/pins.ts";
import type { SimulatedBoard } from "../sim/world.ts";
import type { Air } from "./weather.ts";

/** One sensor of a configuration, before anybody has checked it. */
export type SensorSettings = Record<string, unknown> & { type: string };

/** A model on its place at the board. */
export interface Part {
  /** The model itself, for what is particular to it. */
  model: object;
  /** What it measures. */
  quantities: string[];
  /** Exposes it to this air. */
  expose(air: Air): void;
  /** Pulls it off, or puts it back. */
  setBroken(broken: boolean): void;
}

/** Where it goes, the time there in ms, and the chance that models have. */
export interface Place {
  board: SimulatedBoard;
  now: () => number;
  random: () => number;
}

type Attach = (settings: SensorSettings, place: Place) => Part;

const BAROMETER = ["temperature", "pressure"];

interface Exposed {
  temperature: number;
  fault: string;
}

/** A model that is exposed to air as it is, and broken by `absent`. */
function partOf(model: Exposed, quantities: string[]): Part {
  return {
    model,
    quantities,
    expose(air) {
      const known = Object.entries(air).filter(([quantity]) => quantity in model);
      Object.assign(model, Object.fromEntries(known));
    },
    setBroken(broken) {
      model.fault = broken ? "absent" : "none";
    },
  };
}

function onI2C(
  address: number,
  create: (settings: SensorSettings, now: () => number) => Exposed & BusDevice,
  quantities = BAROMETER,
): Attach {
  return (settings, { board, now }) => {
    const model = create(settings, now);
    board.i2c.attach((settings.address as number | undefined) ?? address, model);
    return partOf(model, quantities);
  };
}

/** A share of a range for air: what parts that do not measure air are exposed to. */
const shareOf = ({ temperature }: Air): number => Math.min(Math.max((temperature - 19) / 5, 0), 1);

interface Analog extends PinDevice {
  truth: number;
  fault: string;
}

function onAdc(
  create: (settings: SensorSettings, now: () => number) => Analog,
  truth: (settings: SensorSettings, air: Air) => number,
  quantities: (settings: SensorSettings) => string[],
): Attach {
  return (settings, { board, now }) => {
    const model = create(settings, now);
    // Drivers take the ADC's range for 3.3 V unless told otherwise.
    board.pins.adcFullScale = (settings.fullScale as number | undefined) ?? 3.3;
    board.pins.wire(settings.pin as string).attach(model);
    return {
      model,
      quantities: quantities(settings),
      expose: (air) => void (model.truth = truth(settings, air)),
      setBroken: (broken) => void (model.fault = broken ? "open" : "none"),
    };
  };
}

/** Options that driver and model know by the same name; what is left out is left to both. */
function pick(settings: SensorSettings, ...names: string[]): object {
  return Object.fromEntries(names.filter((name) => name in settings).map((name) => [name, settings[name]]));
}

const rangeOf = ({ range }: SensorSettings): readonly [number, number] => range as [number, number];
const within = (range: readonly [number, number], share: number): number =>
  range[0] + share * (range[1] - range[0]);

const PARTS: Record<string, Attach> = {
  // The driver tells these apart by themselves, so no option says which it is: here the sensor's name may.
  bme280(settings, place) {
    const chip = settings.name === "bmp280" ? "bmp280" : "bme280";
    const quantities = chip === "bmp280" ? BAROMETER : [...BAROMETER, "humidity"];
    return onI2C(0x76, (_settings, now) => createBme280Model({ now, chip }), quantities)(settings, place);
  },
  bmp180: onI2C(0x77, (_settings, now) => createBmp180Model({ now })),
  bmp388: onI2C(0x76, ({ name }, now) =>
    createBmp388Model({ now, chip: name === "bmp390" ? "bmp390" : "bmp388" }),
  ),
  ms5611: onI2C(0x77, ({ part }, now) =>
    createMs5611Model({ now, ...(part ? { chip: part as "ms5607" } : {}) }),
  ),
  dps310: onI2C(0x77, ({ part }, now) =>
    createDps310Model({ now, ...(part ? { chip: part as "spl06" } : {}) }),
  ),
  ds18b20({ pin, rom }, { board, now }) {
    const id = typeof rom === "string" ? { id: [...Buffer.from(rom, "hex")].slice(0, 7) } : {};
    const model = createDs18b20Model({ now, ...id });
    board.pins.wire(pin as string).attach(model);
    return partOf(model, ["temperature"]);
  },
  dht22(settings, { board, now }) {
    const model = createDhtModel({ now, ...pick(settings, "part") });
    board.pins.wire(settings.pin as string).attach(model);
    return partOf(model, ["temperature", "humidity"]);
  },
  hx711(settings, { board, now, random }) {
    const model = createHx711Model({ now, random, ...pick(settings, "part", "rate") });
    board.pins.wire(settings.clock as string).attach(model.clock);
    board.pins.wire(settings.data as string).attach(model.data);
    const { zero = 0, sensitivity = 2 } = settings as { zero?: number; sensitivity?: number };
    return {
      model,
      quantities: settings.range ? ["voltage", "pressure"] : ["voltage"],
      expose: (air) => void (model.ratio = zero + sensitivity * shareOf(air)),
      setBroken: (broken) => void (model.fault = broken ? "absent" : "none"),
    };
  },
  ntc: onAdc(
    (settings, now) =>
      createNtcModel({ now, ...pick(settings, "beta", "resistance", "series", "supply", "pullUp") }),
    (_settings, air) => air.temperature,
    () => ["temperature"],
  ),
  transducer: onAdc(
    (settings, now) =>
      createTransducerModel({ now, range: rangeOf(settings), ...pick(settings, "divider", "supply") }),
    (settings, air) => within(rangeOf(settings), shareOf(air)),
    () => ["pressure"],
  ),
  "current-loop": onAdc(
    (settings, now) => createCurrentLoopModel({ now, ...pick(settings, "shunt") }),
    (_settings, air) => within([4, 20], shareOf(air)),
    ({ quantity }) => (typeof quantity === "string" ? ["current", quantity] : ["current"]),
  ),
};

/** The types there are models of. */
export const PART_TYPES = Object.keys(PARTS);

/** Puts the model of a sensor where its configuration says; undefined for a type that no part has. */
export function attachPart(settings: SensorSettings, place: Place): Part | undefined {
  return Object.hasOwn(PARTS, settings.type) ? PARTS[settings.type]!(settings, place) : undefined;
}
