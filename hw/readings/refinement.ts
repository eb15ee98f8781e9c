/**
 * The way from what a sensor measured to what is told of it: a chain of steps for each quantity, then what follows from the
 * results, then units. All of it is declared in the sensor's configuration:
 *
 *     "chain": { "temperature": [{ "offset": -0.4 }, { "median": 5 }, { "delta": { "by": 0.1, "heartbeat": 3600 } }] },
 *     "derive": { "sea_level_pressure": 120, "altitude": 101325, "dew_point": true },
 *     "units": { "pressure": "hPa" }
 */
import type { SensorConfig } from "../config.ts";
import type { Reading } from "../sensors/sensor.ts";
import { altitude, dewPoint, seaLevelPressure } from "./derived.ts";
import type { Derivation } from "./derived.ts";
import type { Filter } from "./filter.ts";
import { filters } from "./filters.ts";
import { unitOf } from "./units.ts";
import type { Unit } from "./units.ts";

export interface Refinement {
  /**
   * What is told of a reading at `now`, in seconds: what is no finite number is not. A sample that ended with a fault goes
   * through it, too, without a reading, and comes out as none.
   */
  _refine(reading: Reading | undefined, now: number): Reading | undefined;
  /** Parts that are told of a quantity in another unit than usual. */
  _parts: { [quantity: string]: number };
}

/** A quantity with what is done for it: steps, or how it follows from others, or its unit. */
interface Chain {
  _quantity: string;
  _filters: Filter[];
}
interface Derived {
  _quantity: string;
  _derive: Derivation;
  _setting: number;
}
interface Told {
  _quantity: string;
  _unit: Unit;
}

interface Refined extends Refinement {
  _chains: Chain[];
  _derived: Derived[];
  _told: Told[];
}

/** A value through a chain. */
function pass(chain: Chain, value: number, now: number): number {
  let passed: number | undefined = value;
  for (let nth = 0; nth < chain._filters.length && passed !== undefined; nth++)
    passed = (chain._filters[nth] as Filter)._take(passed, now);
  return passed === undefined ? NaN : passed;
}

function refine(this: Refined, reading: Reading | undefined, now: number): Reading | undefined {
  const values: Reading = reading || {};
  this._chains.forEach(function (chain) {
    const value = values[chain._quantity];
    values[chain._quantity] = pass(chain, value === undefined ? NaN : value, now);
  });
  if (!reading) return undefined;
  this._derived.forEach(function (derived) {
    values[derived._quantity] = derived._derive(values, derived._setting);
  });
  this._told.forEach(function (told) {
    const value = values[told._quantity];
    if (value !== undefined) values[told._quantity] = value * told._unit._factor + told._unit._offset;
  });
  return values;
}

/** How quantities follow from others, by their names: a table of the build, too. */
function derivations(): { [quantity: string]: () => Derivation } {
  return { sea_level_pressure: () => seaLevelPressure, altitude: () => altitude, dew_point: () => dewPoint };
}

/** The members of an object as lists of two; all must be of `names`. */
/*@__START__*/
function membersOf(path: string, value: unknown, names: string[]): [name: string, value: unknown][] {
  if (value === undefined) return [];
  if (typeof value !== "object" || !value || Array.isArray(value)) throw path + ": must be an object";
  return Object.keys(value).map(function (name): [string, unknown] {
    if (names.indexOf(name) < 0) throw path + "." + name + ": unknown; known are " + names.join(" ");
    return [name, (value as { [name: string]: unknown })[name]];
  });
}

/** Makes the chains of steps. */
function addChains(made: Refined, config: SensorConfig): void {
  const measured = ["temperature", "pressure", "humidity", "voltage", "current"];
  const table = filters();
  membersOf("chain", config.chain, measured).forEach(function (member) {
    const path = "chain." + member[0];
    const steps = member[1];
    if (!Array.isArray(steps)) throw path + ": must be a list of steps";
    const chain: Chain = { _quantity: member[0], _filters: [] };
    steps.forEach(function (step: unknown, nth) {
      const at = path + "[" + nth + "]";
      const words = membersOf(at, step, Object.keys(table));
      const word = words[0];
      if (!word || words.length > 1) throw at + ': must be an object of one member, such as {"median":5}';
      try {
        chain._filters.push((table[word[0]] as (setting: unknown) => Filter)(word[1]));
      } catch (problem) {
        throw at + "." + word[0] + ((problem as string).indexOf("must ") ? "." : ": ") + (problem as string);
      }
    });
    made._chains.push(chain);
  });
}

/** Makes what follows from other quantities. */
function addDerived(made: Refined, config: SensorConfig): void {
  const derivation = derivations();
  membersOf("derive", config.derive, Object.keys(derivation)).forEach(function (member) {
    const name = member[0];
    const setting = member[1];
    const low = name === "altitude" ? 80000 : -1000;
    const high = name === "altitude" ? 120000 : 9000;
    if (name === "dew_point") {
      if (setting !== true) throw "derive.dew_point: must be true";
    } else if (!((setting as number) >= low && (setting as number) <= high) || typeof setting !== "number")
      throw "derive." + name + ": must be a number from " + low + " to " + high;
    made._derived.push({
      _quantity: name,
      _derive: (derivation[name] as () => Derivation)(),
      _setting: setting as number,
    });
  });
}

/** Makes the units that are not the usual ones. */
function addUnits(made: Refined, config: SensorConfig): void {
  const inUnits = ["temperature", "dew_point", "pressure", "sea_level_pressure"];
  membersOf("units", config.units, inUnits).forEach(function (member) {
    const isTemperature = inUnits.indexOf(member[0]) < 2;
    const unit = unitOf(member[1], isTemperature);
    const known = isTemperature ? "C, F" : "Pa, hPa, kPa, bar, psi, mmHg, inHg";
    if (!unit) throw "units." + member[0] + ": must be one of " + known;
    made._told.push({ _quantity: member[0], _unit: unit });
    made._parts[member[0]] = unit._steps;
  });
}

/** Makes what a sensor's configuration declares; throws a text that begins with the member that is wrong. */
/*@__START__*/
export function createRefinement(config: SensorConfig): Refinement {
  const made: Refined = { _refine: refine, _chains: [], _derived: [], _told: [], _parts: {} };
  addChains(made, config);
  addDerived(made, config);
  addUnits(made, config);
  return made;
}

/** Makes a refinement from a sensor's configuration. */
export type RefinementMaker = (config: SensorConfig) => Refinement;

/** What has a sensor's readings refined, by the words of its configuration: a table of the build, like that of the drivers. */
export function refinements(): { [word: string]: RefinementMaker } {
  return {
    chain: (config) => createRefinement(config),
    derive: (config) => createRefinement(config),
    units: (config) => createRefinement(config),
  };
}
