/**
 * In the place of defaults.ts: what a firmware runs with that has its configuration at its top, to be edited and sent as one
 * file (build/block.js).
 */
import type { NodeConfig } from "./config.ts";

/** The block; gone once it was read. */
declare let configuration: Partial<NodeConfig> | undefined;

export function defaults(): Partial<NodeConfig> {
  const block = configuration || {};
  if (require("Storage").read("config.json"))
    print("What config.json in Storage says counts before the block.");
  configuration = undefined;
  block.period = block.period || 60;
  block.sensors = block.sensors || [{ type: "bme280" }];
  return block;
}

export const SOURCE = "configuration";
export const REMEDY = "Correct the block at the top of the program, then send it again.";
