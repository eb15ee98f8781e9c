import { readdirSync } from "node:fs";
import { join } from "node:path";

/** All files below a folder whose names end in `ending`, as paths from the root, sorted. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}
