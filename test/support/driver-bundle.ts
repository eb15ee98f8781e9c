/** A driver by itself, built as the firmware is: a module for `require`, on simulated boards and on the interpreter. */
import { rollup } from "rollup";
import type { OutputOptions, RollupOptions } from "rollup";

const built = new Map<string, Promise<string>>();

async function build(input: string): Promise<string> {
  // No types: the configuration is JavaScript that only the build reads.
  const path = new URL("../../rollup.config.mjs", import.meta.url).href;
  const { default: bundles } = (await import(path)) as { default: RollupOptions[] };
  const like = bundles.find(({ input: entry }) => entry === "hw/functions.ts")!;
  const minified = (like.output as OutputOptions[])[1]!;
  const bundle = await rollup({ ...like, input });
  try {
    const { output } = await bundle.generate(minified);
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

/** The minified module of `hw/sensors/<name>.ts`. */
export function driverBundle(name: string): Promise<string> {
  let bundle = built.get(name);
  if (!bundle) built.set(name, (bundle = build(`hw/sensors/${name}.ts`)));
  return bundle;
}
