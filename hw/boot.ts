/** From power-on to a running node: reads the configuration, and says what is wrong with it instead of guessing. */
import type { Board } from "./board.ts";
import { checkConfig } from "./config.ts";
import type { NodeConfig } from "./config.ts";
import { defaults } from "./defaults.ts";
import type { Drivers } from "./driver.ts";
import { startNode, VERSION } from "./node.ts";
import type { Sensor } from "./sensors/sensor.ts";

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

/**
 * Starts the node on `board` with the drivers a firmware carries. With a configuration that cannot work it prints one
 * line a mistake and stops there: the console stays open, and nothing of the board was changed.
 */
export function boot(board: Board, drivers: Drivers): void {
  const file = "config.json";
  const made: Sensor<object>[] = [];
  print("ristretto " + VERSION + " on " + process.env.BOARD + ", id " + board.id());
  let config: unknown;
  try {
    config = readConfig();
  } catch (error) {
    return print(file + ": not JSON; write the whole file again");
  }
  const problems = checkConfig(config, drivers);
  // What drivers say comes after all that the file itself tells: making sensors sets up their pins.
  if (!problems.length) {
    (config as NodeConfig).sensors.forEach(function (sensor, index) {
      try {
        made.push((drivers[sensor.type] as Drivers[string])().create(board, sensor));
      } catch (problem) {
        problems.push("sensors[" + index + "]." + (problem as string));
      }
    });
  }
  problems.forEach(function (problem) {
    print(file + ": " + problem);
  });
  if (problems.length) return print("Not started. Correct " + file + " in Storage, then restart.");
  startNode(board, config as NodeConfig, made);
}
