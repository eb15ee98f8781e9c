import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesBelow } from "../support/files.ts";

/** What is known of a firmware without building it. */
const PRICES = ["tools/bundle/estimate.ts", "tools/bundle/prices.ts", "tools/bundle/words.ts"];

/** TypeScript below a folder; what runs in a browser has markup in it. */
const sourcesBelow = (folder: string): string[] => [
  ...filesBelow(folder, ".ts"),
  ...filesBelow(folder, ".tsx"),
];

/** Who may import whom: CONTRIBUTING draws it, this enforces it. The first row that a file's path begins with counts. */
const RULES: Array<{ from: string; may: string[] }> = [
  { from: "src/", may: ["src/"] },
  { from: "hw/sensors/", may: ["hw/sensors/", "hw/io/"] },
  { from: "hw/io/", may: ["hw/io/", "hw/espruino.d.ts"] },
  { from: "hw/net/", may: ["hw/net/", "hw/espruino.d.ts", "src/link.ts", "src/limits.ts", "src/reason.ts"] },
  { from: "hw/boards/", may: ["hw/boards/", "hw/board.ts", "hw/net/", "hw/io/"] },
  { from: "hw/board.ts", may: ["hw/io/", "src/link.ts"] },
  { from: "hw/globals.d.ts", may: ["hw/espruino.d.ts"] },
  { from: "hw/espruino.d.ts", may: ["hw/espruino-pins.d.ts"] },
  { from: "hw/espruino-pins.d.ts", may: [] },
  { from: "hw/", may: ["hw/", "src/"] },
  { from: "bench/core.ts", may: ["src/"] },
  { from: "bench/client.ts", may: ["src/"] },
  { from: "bench/driver", may: ["bench/", "build/", "hw/", "sim/", "node:", "acorn", "rollup", "@sinonjs/"] },
  { from: "bench/", may: ["bench/", "build/", "node:"] },
  // Data that simulator, command and browser share.
  { from: "boards/", may: ["boards/"] },
  { from: "sim/", may: ["sim/", "boards/", "hw/espruino.d.ts", "node:", "mqtt-packet"] },
  // What a browser can use: no Node.
  {
    from: "tools/board/",
    may: [
      "tools/board/",
      "hw/lines.ts",
      "boards/",
      "tools/exit-code.ts",
      "tools/hints.ts",
      "tools/user-error.ts",
      "@espruino-tools/core",
    ],
  },
  { from: "tools/schema/", may: ["tools/schema/", "boards/"] },
  ...["node", "mistakes", "pins", "warnings"].map((name) => ({
    from: `tools/configuration/${name}.ts`,
    may: ["tools/configuration/", "tools/schema/", "boards/", ...PRICES, "ajv", "fastest-levenshtein"],
  })),
  ...PRICES.map((from) => ({ from, may: ["tools/bundle/prices.ts", "boards/"] })),
  {
    from: "tools/page/browser/",
    may: [
      "tools/page/browser/",
      "boards/",
      "tools/board/",
      "tools/configuration/node.ts",
      "tools/schema/",
      ...PRICES,
      "tools/user-error.ts",
      "preact",
    ],
  },
  {
    from: "tools/",
    may: [
      "tools/",
      "hw/lines.ts",
      "boards/",
      "sim/",
      "build/",
      "node:",
      "mqtt",
      "aedes",
      "acorn",
      "ajv",
      "commander",
      "picocolors",
      "serialport",
      "cli-progress",
      "esptool-js",
      "nanotar",
      "fastest-levenshtein",
      "@clack/prompts",
      "@peculiar/x509",
      "reflect-metadata",
    ],
  },
];

/** Every module named in an import or export of a file, relative ones as paths from the root; `import type` on demand. */
function importsOf(file: string, types: boolean): string[] {
  const text = readFileSync(file, "utf8");
  const statements = text.matchAll(/^(?:import|export)\b(?:[^;"]*?\bfrom)?\s*"([^"]+)"/gm);
  const named = [...statements].filter(([statement]) => types || !/^(import|export) type/.test(statement));
  const dynamic = [...text.matchAll(/import\("([^"]+)"\)/g)];
  return [...named, ...dynamic].map(([, name]) =>
    name!.startsWith(".") ? join(dirname(file), name!) : name!,
  );
}

describe("imports", () => {
  for (const folder of ["src", "hw", "boards", "sim", "tools", "bench"]) {
    it(`run one way in ${folder}/`, () => {
      const wrong: string[] = [];
      for (const file of sourcesBelow(folder)) {
        const rule = RULES.find(({ from }) => file.startsWith(from));
        assert.ok(rule, `no rule for ${file}`);
        for (const imported of importsOf(file, true)) {
          if (!rule.may.some((allowed) => imported.startsWith(allowed)))
            wrong.push(`${file} imports ${imported}`);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }

  /** Fails when files below these folders import each other in a circle, with types or without. */
  function refuseCircles(folders: string[], types: boolean): void {
    const done = new Set<string>();
    const visit = (file: string, path: string[]): void => {
      assert.ok(!path.includes(file), [...path, file].join(" → "));
      if (done.has(file)) return;
      for (const imported of importsOf(file, types)) {
        if (/\.tsx?$/.test(imported)) visit(imported, [...path, file]);
      }
      done.add(file);
    };
    for (const folder of folders) for (const file of sourcesBelow(folder)) visit(file, []);
  }

  it("form no circle", () => refuseCircles(["boards", "sim", "tools"], false));

  it("form no circle of types on the device either", () => refuseCircles(["src", "hw"], true));
});
