/** The build of the page for browsers: dist/page, to be served by `ristretto page` or hosted anywhere, without a foreign file. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import swc from "@swc/core";
import { minify } from "terser";

const FOLDER = "dist/page";
const SOURCES = "tools/page/browser";

/** What is served as it is: the page, its look, and the firmware it uploads. */
const FILES = [
  `${SOURCES}/index.html`,
  `${SOURCES}/page.css`,
  `${SOURCES}/icon.svg`,
  "dist/esp32.min.js",
  "dist/esp8266.min.js",
];

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** Types and JSX away; they are checked by `npm run check`. */
function typescript() {
  return {
    name: "typescript",
    transform(code, file) {
      if (!/\.tsx?$/.test(file)) return null;
      return swc.transformSync(code.replaceAll("__VERSION__", version), {
        configFile: false,
        swcrc: false,
        filename: file,
        sourceMaps: true,
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", tsx: file.endsWith(".tsx") },
          transform: { react: { runtime: "automatic", importSource: "preact" } },
        },
      });
    },
  };
}

/**
 * Nothing in place of two parts of @espruino-tools/core that boards here replace: its UART, a window that no keyboard
 * reaches and that puts styles on the page at once, and its transpiler, a quarter of a megabyte.
 */
function leaveOut(names) {
  return {
    name: "leave-out",
    resolveId: (name) => (names.includes(name) ? `\0${name}` : null),
    load: (id) =>
      names.includes(id.slice(1)) ? "export const uart = undefined, Transpiler = undefined;" : null,
  };
}

function minified() {
  return {
    name: "minified",
    renderChunk: (code) => minify(code, { module: true, ecma: 2020, compress: { passes: 2 } }),
  };
}

function copied() {
  return {
    name: "copied",
    buildStart() {
      for (const file of FILES) this.addWatchFile(file);
    },
    writeBundle() {
      mkdirSync(FOLDER, { recursive: true });
      for (const file of FILES) copyFileSync(file, `${FOLDER}/${file.split("/").at(-1)}`);
    },
  };
}

export default {
  input: `${SOURCES}/main.tsx`,
  plugins: [
    leaveOut(["@espruino-tools/uart", "@espruino-tools/transpiler"]),
    nodeResolve({ browser: true, extensions: [".mjs", ".js", ".json", ".ts", ".tsx"] }),
    json(),
    typescript(),
    commonjs({ extensions: [".js", ".cjs"] }),
    copied(),
  ],
  output: { file: `${FOLDER}/page.js`, format: "es", plugins: [minified()] },
};
