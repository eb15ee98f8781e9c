/** The package as `npm pack` makes it, in an empty project that has its dependencies and nothing else. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { createConsoleBed } from "../support/console-bed.ts";
import { espruino, withProgram } from "../support/engines.ts";

interface Manifest {
  name: string;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const runFile = promisify(execFile);

describe("the package", function () {
  this.timeout(300000);
  let folder: string;
  let files: string[];
  const inPackage = (path: string): string => join(folder, "node_modules", manifest.name, path);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    // What `npm run prepack` does besides building the bundles, which tests find built.
    execFileSync(process.execPath, ["build/package.mjs"]);
    const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
      encoding: "utf8",
    });
    const archive = join(folder, packed.trim().split("\n").at(-1)!);
    mkdirSync(inPackage(""), { recursive: true });
    execFileSync("tar", ["-xzf", archive, "-C", inPackage(""), "--strip-components=1"]);
    files = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((name) => name.replace(/^package\//, ""));
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    // As npm links commands.
    mkdirSync(join(folder, "node_modules/.bin"));
    for (const [name, path] of Object.entries(manifest.bin)) {
      chmodSync(inPackage(path), 0o755);
      symlinkSync(join("..", manifest.name, path), join(folder, "node_modules/.bin", name));
    }
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
      symlinkSync(resolve("node_modules", name), join(folder, "node_modules", name));
    }
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** As a person types it; nothing is fetched. */
  const ristretto = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    runFile("npx", ["--no", "--offline", "--", "ristretto", ...args], { cwd: folder });

  it("holds the bundles, the command with its types, the examples and the schema, and nothing else", () => {
    const places = new Set(files.map((name) => (name.includes("/") ? `${name.split("/")[0]!}/` : name)));
    assert.deepEqual(
      [...places].sort(),
      ["LICENSE", "README.md", "dist/", "examples/", "lib/", "node.schema.json", "package.json"].sort(),
    );
    for (const name of ["ristretto", "esp32", "esp8266"].flatMap((one) => [
      `dist/${one}.js`,
      `dist/${one}.min.js`,
    ]))
      assert.ok(files.includes(name), name);
    for (const name of ["index.html", "page.js", "page.css", "esp32.min.js", "esp8266.min.js"])
      assert.ok(files.includes(`dist/page/${name}`), name);
    for (const name of files.filter((one) => one.startsWith("dist/")))
      assert.match(name, /^dist\/([\w-]+(\.min)?\.js|ristretto\.d\.ts|page\/[\w.-]+)$/);
    for (const name of files.filter((one) => one.startsWith("lib/")))
      assert.match(
        name,
        /^lib\/((boards|tools|sim)\/.*\.(js|d\.ts)|build\/\w+\.(d\.mts|mjs)|hw\/espruino(-pins)?\.d\.ts|(hw\/lines|src\/reason)\.(js|d\.ts))$/,
      );
  });

  it("gives npx ristretto, which brings an empty folder to an acknowledged reading", async () => {
    assert.match((await ristretto("--help")).stdout, /upload/);
    await ristretto("init", "--yes", "--ssid", "home", "--password", "secret-wifi", "--broker", "10.0.0.5");
    assert.match(
      (JSON.parse(readFileSync(join(folder, "node.json"), "utf8")) as { $schema: string }).$schema,
      /^\.\/node_modules\/.*node\.schema\.json$/,
    );
    const { stdout } = await ristretto("upload", "node.json", "--port", "simulated");
    assert.match(stdout, /first reading acknowledged: bme280/);
  });

  withProgram("with the real interpreter", espruino, false, (path) => {
    it("npx ristretto brings that to an acknowledged reading", async () => {
      const bed = await createConsoleBed({ kind: "ESP8266" }, path);
      try {
        const { wifi, broker } = bed.config as {
          wifi: { ssid: string; password: string };
          broker: { host: string; port: number };
        };
        await ristretto(
          ...["init", "--yes", "--board", "esp8266", "--out", "hall/node.json"],
          ...["--ssid", wifi.ssid, "--password", wifi.password, "--broker", `${broker.host}:${broker.port}`],
        );
        const { stdout } = await ristretto("upload", "hall/node.json", "--port", bed.port);
        assert.match(stdout, /first reading acknowledged: bme280/);
      } finally {
        await bed.close();
      }
    });
  });

  it("gives functions to import, with types", async () => {
    writeFileSync(
      join(folder, "program.ts"),
      `import { buildNode, loadNode, openSimulated, Board, upload } from "${manifest.name}";
import type { UploadResult } from "${manifest.name}";
const { node } = loadNode("node.json");
const { code, config } = await buildNode(node, () => undefined);
const board = new Board(await openSimulated("simulated", node));
const result: UploadResult = await upload(board, { board: node.board, code, config });
await board.disconnect();
console.log(JSON.stringify(result.reading));
`,
    );
    const tsc = resolve("node_modules/typescript/bin/tsc");
    const options = [
      "--target",
      "ES2023",
      "--module",
      "NodeNext",
      "--strict",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const roots = ["--typeRoots", resolve("node_modules/@types")];
    await runFile(process.execPath, [tsc, ...options, ...roots, "program.ts"], { cwd: folder });
    const { stdout } = await runFile(process.execPath, ["program.js"], { cwd: folder });
    assert.match(stdout, /"sensor":"bme280"/);
  });
});
