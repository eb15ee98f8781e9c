/** The types of `require("ristretto")`, as a program finds them that has the package. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  allowJs: true,
  checkJs: true,
  target: ts.ScriptTarget.ES2015,
  module: ts.ModuleKind.CommonJS,
  lib: ["lib.es5.d.ts"],
  ignoreDeprecations: "6.0",
  types: ["ristretto-mqtt/dist/ristretto"],
};

/** What the compiler says of a program in an empty project that has the package: `line: text`. */
function complaints(name: string, program: string, options: ts.CompilerOptions = {}): string[] {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  try {
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(resolve("."), join(folder, "node_modules/ristretto-mqtt"));
    const file = join(folder, name);
    writeFileSync(file, program);
    const host = ts.createCompilerHost({ ...OPTIONS, ...options });
    host.getCurrentDirectory = () => folder;
    const compiled = ts.createProgram([file], { ...OPTIONS, ...options }, host);
    return ts.getPreEmitDiagnostics(compiled).map(({ file: source, start, messageText }) => {
      const line = source && start !== undefined ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PROGRAM = `
var mqtt = require("ristretto").connect({
  host: "192.168.1.10", client_id: "hall", keep_alive: 30, clean_session: false,
  will: { topic: "hall/status", payload: "offline", qos: 1, retain: true }
});
mqtt.on("connected", function (present) {
  if (!present) mqtt.publish("hall/status", "online", { qos: 1, retain: true });
});
mqtt.on("publish", function (pub) { mqtt.publish(pub.topic + "/echo", pub.message.length + pub.qos); });
mqtt.on("disconnected", function (reasonCode, seconds) { if (seconds > 10) mqtt.connect(); });
mqtt.on("puback", function (id) { mqtt.publish("last", id.toFixed(0)); });
mqtt.subscribe(["a", "b/#"], { qos: 1, onMessage: function (topic, message, flags) { topic.charAt(flags); } });
mqtt.subscribe({ c: 0, d: 1 });
mqtt.unsubscribe("a");
var other = require("ristretto").create("broker");
other.connect({ write: function (bytes) { bytes.charCodeAt(0); }, end: function () {}, on: function () {} });
if (other.connected) other.disconnect();
`;

const WRONG = `
const mqtt = require("ristretto");
mqtt.connect({ hots: "broker" });
mqtt.create("broker", { keep_alive: "60" });
mqtt.create("broker").on("conected", function () {});
mqtt.create("broker").publish("t", {});
mqtt.create("broker").subscribe("t", { qos: 3 });
mqtt.create("broker").on("puback", function (/** @type {string} */ id) {});
`;

describe("the package's types", () => {
  it("take a program that uses the module, in JavaScript and in TypeScript", () => {
    assert.deepEqual(complaints("program.js", PROGRAM), []);
    const program = PROGRAM.replaceAll('require("ristretto")', "ristretto");
    assert.deepEqual(complaints("program.ts", `import ristretto = require("ristretto");${program}`), []);
  });

  it("object to names, values and events that there are not, each in its line", () => {
    const lines = complaints("program.js", WRONG).map((text) => Number.parseInt(text, 10));
    assert.deepEqual([...new Set(lines)], [3, 4, 5, 6, 7, 8]);
  });

  it("are those of the module itself", () => {
    const source = resolve("src/espruino.ts");
    const program = `
      import { mqtt } from ${JSON.stringify(source)};
      import type * as declared from "ristretto";
      const given: typeof declared = mqtt;
      const client: declared.Client = mqtt.create("h");
      const members: Record<keyof typeof declared, unknown> = mqtt;
      export { given, client, members };`;
    const options: ts.CompilerOptions = {
      allowImportingTsExtensions: true,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      module: ts.ModuleKind.ESNext,
    };
    const globals = `/// <reference path=${JSON.stringify(resolve("hw/globals.d.ts"))} />\n`;
    assert.deepEqual(complaints("program.ts", globals + program, options), []);
  });
});
