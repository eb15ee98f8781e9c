/** A driver by itself, built as the firmware is: a module for `require`. */
import { rollup } from "rollup";
import type { OutputOptions, Plugin, RollupOptions } from "rollup";

let built = 0;

/** The minified module of this file of device code, with all its exports or with those named alone. */
export async function buildModule(input: string, names?: string): Promise<string> {
  // No types: the configuration is JavaScript that only the build reads.
  // Anew each time: short names depend on those that were given before.
  const path = `${new URL("../rollup.config.mjs", import.meta.url).href}?${++built}`;
  const { default: bundles } = (await import(path)) as { default: RollupOptions[] };
  const like = bundles.find(({ input: entry }) => entry === "hw/functions.ts")!;
  const minified = (like.output as OutputOptions[])[1]!;
  const file = new URL(`../${input}`, import.meta.url).pathname;
  const entry: Plugin = {
    name: "entry",
    resolveId: (id) => (id === "entry" ? "\0entry" : null),
    load: (id) => (id === "\0entry" ? `export { ${names} } from ${JSON.stringify(file)};` : null),
  };
  const plugins = [entry, ...(like.plugins as Plugin[])];
  const bundle = await rollup({ ...like, plugins, input: names ? "entry" : input });
  try {
    const { output } = await bundle.generate(minified);
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
