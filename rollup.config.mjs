/**
 * The build of everything that runs on a board: TypeScript → one ES2015 chunk (rollup drops what is not imported) → ES5
 * (swc, on the finished chunk, so that unused code is already gone) → minified with `_names` shortened (terser).
 */
import { readFileSync } from "node:fs";
import typescript from "@rollup/plugin-typescript";
import swc from "@swc/core";
import { parse } from "acorn";
import { minified } from "./build/minify.mjs";

/** Input → output, each readable and minified. The last two are for measuring only. */
const bundles = [
  { input: "hw/module.ts", file: "dist/ristretto", format: "cjs" },
  { input: "hw/module-tls.ts", file: "dist/ristretto-tls", format: "cjs" },
  { input: "hw/esp32.ts", file: "dist/esp32", format: "es" },
  { input: "hw/esp8266.ts", file: "dist/esp8266", format: "es" },
  { input: "bench/core.ts", file: ".cache/bench/core", format: "cjs" },
  { input: "bench/client.ts", file: ".cache/bench/client", format: "cjs" },
];

/** Short names for `_fields`, the same in every bundle, so that their code can be compared. */
const nameCache = { props: {} };

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

function stamp() {
  return { name: "stamp", renderChunk: (code) => code.replace("__VERSION__", version) };
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

/**
 * Short names for what a firmware declares at its top level. It stands there without a function around it, because that
 * would cost a variable for each of its functions; `$` keeps its names from those that a person types at the console.
 */
function topLevelNames(code) {
  const declared = parse(code, { ecmaVersion: 5 }).body.flatMap((node) => [
    ...(node.type === "FunctionDeclaration" ? [node.id.name] : []),
    ...(node.type === "VariableDeclaration" ? node.declarations.map(({ id }) => id.name) : []),
  ]);
  return Object.fromEntries(declared.map((name, index) => [`$${name}`, `$${index.toString(36)}`]));
}

function minify(format) {
  return {
    name: "minify",
    renderChunk: (code) => {
      const names = format === "es" ? { vars: { props: topLevelNames(code) } } : {};
      return minified(code, { ...names, props: nameCache.props });
    },
  };
}

export default bundles.map(({ input, file, format }) => ({
  input,
  treeshake: { moduleSideEffects: false },
  plugins: [typescript({ tsconfig: "tsconfig.bundle.json" })],
  output: ["", ".min"].map((suffix) => ({
    file: `${file}${suffix}.js`,
    format,
    exports: format === "cjs" ? "named" : "none",
    strict: false,
    esModule: false,
    generatedCode: "es5",
    plugins: suffix ? [stamp(), toEs5(), minify(format)] : [stamp(), toEs5()],
  })),
}));
