/** From power-on to a running node: reads the configuration, and says what is wrong with it instead of guessing. */
import type { Board } from "./board.ts";
import { checkConfig } from "./config-check.ts";
import type { NodeConfig } from "./config.ts";
import { defaults, REMEDY, SOURCE } from "./defaults.ts";
import type { Drivers } from "./driver.ts";
import { NOT_STARTED, SAFE_MODE, STARTED } from "./lines.ts";
import type { Announcers } from "./node/announcer.ts";
import { begin, note } from "./node/history.ts";
import type { NamedSensor } from "./node/sampler.ts";
import { self } from "./node/self.ts";
import { startNode } from "./node/start.ts";
import type { RefinementMaker } from "./readings/refinement.ts";
import { VERSION } from "./version.ts";

/** Starts in a row without an acknowledged message after which the next one is in safe mode. */
const FAILED_STARTS = 10;
/** Seconds of safe mode, after which the node tries again as it is configured. */
const SAFE_SECONDS = 900;

/** Goes on without sensors, so that a node that they break can be reached, and is not broken for ever. */
function beginSafeMode(failed: number): void {
  print(
    SAFE_MODE +
      (failed - 1) +
      " starts without an acknowledged message. No sensors for " +
      SAFE_SECONDS +
      " s.",
  );
  self._failedStarts = failed - 1;
  self._untilRestart = SAFE_SECONDS;
  // What follows begins to count anew.
  note("A");
}

/** The configuration over the defaults, member by member of the top level; undefined when it is not JSON. */
function readConfig(): unknown {
  const text = require("Storage").read("config.json");
  const config: { [name: string]: unknown } = {};
  const layers = [defaults() as typeof config, text ? (JSON.parse(text) as typeof config) : {}];
  layers.forEach(function (layer) {
    Object.keys(layer).forEach(function (name) {
      config[name] = layer[name];
    });
  });
  return config;
}

/** Makes the sensors, which sets up their pins; what their drivers say against it goes to `problems`. */
function makeSensors(
  board: Board,
  config: NodeConfig,
  drivers: Drivers,
  refinements: { [word: string]: RefinementMaker },
  problems: string[],
): NamedSensor[] {
  const made: NamedSensor[] = [];
  config.sensors.forEach(function (sensor, index) {
    try {
      // Not in the record below: the engine catches nothing that is thrown in the middle of a literal.
      const created = (drivers[sensor.type] as Drivers[string])().create(board, sensor);
      // A node is configured once: the functions for it go with the start.
      delete (created as Partial<typeof created>).configure;
      const named: NamedSensor = {
        _name: sensor.name || sensor.type,
        _sensor: created,
        _period: sensor.period || (config.period as number),
        // One after another, so that they never all work at once.
        _due: index + 1,
        _busy: 0,
      };
      if (sensor.period) named._ownPeriod = sensor.period;
      Object.keys(refinements).forEach(function (word) {
        if (sensor[word] && !named._refinement)
          named._refinement = (refinements[word] as RefinementMaker)(sensor);
      });
      made.push(named);
    } catch (problem) {
      problems.push("sensors[" + index + "]." + (problem as string));
    }
  });
  return made;
}

/**
 * Starts the node on `board` with the drivers a firmware carries, and what refines readings and announces the node if it
 * carries that. With a configuration that cannot work it prints one line a mistake and stops there: the console stays open, and
 * nothing of the board was changed.
 */
export function boot(
  board: Board,
  drivers: Drivers,
  refinements: { [word: string]: RefinementMaker },
  announcers: Announcers,
): void {
  let made: NamedSensor[] = [];
  // Lots of its own for each board: the engine never seeds Math.random, and all would come back to a
  // server in the same second.
  E.srand(E.CRC32(board.id()));
  print(STARTED + VERSION + " on " + process.env.BOARD + ", id " + board.id());
  let config: unknown;
  try {
    config = readConfig();
  } catch (error) {
    return print("config.json: not JSON; write the whole file again");
  }
  const problems = checkConfig(config, drivers);
  const past = /*@__SPLICE__*/ begin();
  // What drivers say comes after all that the file itself tells: making sensors sets up their pins.
  if (!problems.length) {
    try {
      (config as NodeConfig).broker.link = board.createLink((config as NodeConfig).broker);
    } catch (problem) {
      problems.push("broker." + (problem as string));
    }
    if (past._failed > FAILED_STARTS) /*@__SPLICE__*/ beginSafeMode(past._failed);
    else made = /*@__SPLICE__*/ makeSensors(board, config as NodeConfig, drivers, refinements, problems);
  }
  problems.forEach(function (problem) {
    print(SOURCE + ": " + problem);
  });
  if (problems.length) {
    // A start that ends here says nothing of the node: the count begins anew.
    note("A");
    return print(NOT_STARTED + REMEDY);
  }
  startNode(board, config as NodeConfig, made, announcers, past);
}
