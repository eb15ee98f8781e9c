/**
 * The build of everything that runs on a board: TypeScript → one ES2015 chunk (rollup drops what is not imported) → ES5
 * (swc, on the finished chunk, so that unused code is already gone) → minified with `_names` shortened (terser).
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import typescript from "@rollup/plugin-typescript";
import swc from "@swc/core";
import { minified, topLevelNames } from "./build/minify.mjs";
import { packed } from "./build/pack.mjs";
import { withoutEmptyPlaces } from "./build/places.mjs";

/**
 * Input → output, each readable and minified; with a board's name one file instead that has its configuration at its top. The
 * last two are for measuring only.
 */
const bundles = [
  { input: "hw/functions.ts", file: "dist/ristretto-functions", format: "cjs" },
  { input: "hw/functions-tls.ts", file: "dist/ristretto-functions-tls", format: "cjs" },
  { input: "hw/full.ts", file: "dist/ristretto-full", format: "cjs" },
  { input: "hw/esp32.ts", file: "dist/esp32", format: "es" },
  { input: "hw/esp8266.ts", file: "dist/esp8266", format: "es" },
  { input: "hw/module.ts", file: "dist/ristretto", format: "cjs", exports: "default" },
  { input: "hw/esp32.ts", file: "dist/web-ide-esp32", format: "es", board: "ESP32" },
  { input: "hw/esp8266.ts", file: "dist/web-ide-esp8266", format: "es", board: "ESP8266" },
  { input: "bench/core.ts", file: ".cache/bench/core", format: "cjs" },
  { input: "bench/client.ts", file: ".cache/bench/client", format: "cjs" },
];

/** Short names for `_fields`, the same in every bundle, so that their code can be compared. */
const nameCache = { props: {} };

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

/** What the build knows, in the text that names it. */
const stamped = (text, board) => text.replace("__VERSION__", version).replace("__BOARD__", board);

function stamp() {
  return { name: "stamp", renderChunk: (code) => stamped(code) };
}

/** Has a firmware take its configuration from the block in front of it. */
function takeBlock() {
  return {
    name: "take block",
    resolveId: (name, from) => (/\/defaults\.[jt]s$/.test(name) ? resolve(dirname(from), "block.ts") : null),
  };
}

/** Puts that block there, as it stands. */
function putBlock(board) {
  return {
    name: "put block",
    renderChunk: (code) => stamped(readFileSync("build/block.js", "utf8"), board) + code,
  };
}

/** Works out tables. */
function pack() {
  return { name: "pack", renderChunk: (code) => packed(code) };
}

/** Takes out what only parts need that this bundle has not. */
function prune() {
  return { name: "prune", renderChunk: (code) => withoutEmptyPlaces(code) };
}

function toEs5() {
  return {
    name: "es5",
    renderChunk: (code) =>
      swc.transformSync(code, {
        configFile: false,
        swcrc: false,
        isModule: false,
        jsc: { loose: true, externalHelpers: false, parser: { syntax: "ecmascript" } },
        // Espruino has no Symbol that typeof would have to be taught.
        env: { targets: { ie: "9" }, exclude: ["transform-typeof-symbol"] },
      }).code,
  };
}

/** The types of what is built, beside it. */
function types(file) {
  const fileName = `${basename(file)}.d.ts`;
  return {
    name: "types",
    generateBundle() {
      if (existsSync(`types/${fileName}`))
        this.emitFile({ type: "asset", fileName, source: readFileSync(`types/${fileName}`, "utf8") });
    },
  };
}

function minify(format, board) {
  return {
    name: "minify",
    renderChunk: (code) => {
      const names = format === "es" ? { vars: { props: topLevelNames(code) } } : {};
      return minified(code, { ...names, props: nameCache.props }, board && "configuration");
    },
  };
}

function outputs({ file, format, board, exports = format === "cjs" ? "named" : "none" }) {
  const output = (suffix, ...plugins) => ({
    file: `${file}${suffix}.js`,
    format,
    exports,
    strict: false,
    esModule: false,
    generatedCode: "es5",
    plugins: [stamp(), pack(), prune(), toEs5(), ...plugins],
  });
  return board
    ? [output("", minify(format, board), putBlock(board))]
    : [output("", types(file)), output(".min", minify(format))];
}

export default bundles.map((bundle) => ({
  input: bundle.input,
  treeshake: { moduleSideEffects: false },
  plugins: [...(bundle.board ? [takeBlock()] : []), typescript({ tsconfig: "tsconfig.bundle.json" })],
  output: outputs(bundle),
}));
