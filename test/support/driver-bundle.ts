/** A driver by itself, built as the firmware is: a module for `require`, on simulated boards and on the interpreter. */
import { buildModule } from "../../bench/driver-module.ts";

const built = new Map<string, Promise<string>>();

/** The minified module of `hw/sensors/<name>.ts`. */
export function driverBundle(name: string): Promise<string> {
  let bundle = built.get(name);
  if (!bundle) built.set(name, (bundle = buildModule(`hw/sensors/${name}.ts`)));
  return bundle;
}
