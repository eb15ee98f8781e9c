import type { NodeConfig } from "./config.ts";

/** What a firmware runs with where `config.json` says nothing; whoever builds a firmware of their own edits this. */
export const DEFAULTS: Partial<NodeConfig> = {
  period: 60,
  sensors: [{ type: "bme280" }],
};
