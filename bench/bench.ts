/** `npm run bench`: what ristretto weighs. Fails when a budget is exceeded. */
import { readFileSync } from "node:fs";
import { BYTES, VARIABLES } from "./budgets.ts";
import { createInterpreter } from "./interpreter.ts";

const CORE = ".cache/bench/core.min.js";

/** Blocks that the core takes: loaded as a module from flash, and with one client connected. */
const PROGRAM = `
var link = { open: function (address, handlers) { link.h = handlers; }, write: function () {}, close: function () {} };
var before = process.memory().usage;
var mqtt = require("core");
var loaded = process.memory().usage;
var client = mqtt.createClient({ link: link, host: "h", port: 1883, clientId: "c" });
mqtt.connect(client);
link.h.onOpen();
link.h.onData("\\x20\\x02\\0\\0");
var connected = process.memory().usage;
print("# " + [loaded - before, connected - before].join(" "));
`;

interface Row {
  what: string;
  measured: number;
  budget: number;
}

function bytes(): Row[] {
  return Object.entries(BYTES).map(([file, budget]) => ({
    what: `${file.replace(/^.*\//, "")}, bytes`,
    measured: readFileSync(file).length,
    budget,
  }));
}

async function variables(path: string): Promise<Row[]> {
  const interpreter = createInterpreter(path);
  try {
    await interpreter.store("core", readFileSync(CORE, "latin1"));
    const [line] = await interpreter.run(PROGRAM);
    const [loaded = NaN, connected = NaN] = (line ?? "").split(" ").map(Number);
    return [
      { what: "core loaded from flash, variables", measured: loaded, budget: VARIABLES.loaded },
      { what: "core with a connected client, variables", measured: connected, budget: VARIABLES.connected },
    ];
  } finally {
    interpreter.close();
  }
}

const rows = bytes();
const path = process.env.ESPRUINO;
if (path) rows.push(...(await variables(path)));
for (const { what, measured, budget } of rows) {
  const verdict = measured <= budget ? "" : "  OVER BUDGET";
  console.log(
    `${what.padEnd(42)} ${String(measured).padStart(7)} of ${String(budget).padStart(7)}${verdict}`,
  );
}
if (!path) console.log("Variables not measured: set ESPRUINO to the Espruino binary for Linux.");
if (!rows.every(({ measured, budget }) => measured <= budget)) process.exitCode = 1;
