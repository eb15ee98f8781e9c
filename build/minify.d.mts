import type { MinifyOptions } from "terser";

export function minifyOptions(names: object): MinifyOptions;
