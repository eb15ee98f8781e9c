import type { NodeConfig } from "./config.ts";

/**
 * What a firmware runs with where `config.json` says nothing; whoever builds a firmware of their own edits this. A
 * function, so that nothing of it stays in memory.
 */
export function defaults(): Partial<NodeConfig> {
  return {
    period: 60,
    sensors: [{ type: "bme280" }],
  };
}

/** Where what is wrong with a configuration is to be corrected. */
export const SOURCE = "config.json";
export const REMEDY = "Correct config.json in Storage, then restart.";
