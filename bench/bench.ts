/**
 * `npm run bench`: what ristretto weighs, beside Espruino's own MQTT modules. Fails when a budget is exceeded.
 *
 * ESPRUINO names the interpreter's binary for Linux; with an ESP8266's memory layout it measures variables, with the usual
 * one, whose memory grows, instructions. It may name both, parted by ":". PEERS is a folder with
 * MQTT.js and tinyMQTT.js. `--save` keeps what was measured in bench/results.json and the tables of the documents.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { MISSED } from "./budgets.ts";
import { costs } from "./costs.ts";
import { createInterpreter } from "./interpreter.ts";
import type { Interpreter } from "./interpreter.ts";
import { growth, peak, variables } from "./measure.ts";
import { driverBytes, DRIVERS, driverVariables } from "./drivers.ts";
import { nodeVariables, THREE } from "./node.ts";
import { partBytes, partVariables } from "./parts.ts";
import {
  beyondBudget,
  bundleChecks,
  checksOf,
  driverTable,
  merge,
  partTable,
  SAVED,
  secondTable,
  shownTables,
  table,
  version5Table,
} from "./results.ts";
import type { Numbers, Results } from "./results.ts";
import { secondCosts } from "./second.ts";
import { subjects, version5Subject } from "./subjects.ts";
import type { Subject } from "./subjects.ts";

const PUBLISHES = 100_000;
const RECONNECTS = 1_000;
/** Milliseconds that those may take. */
const LIMIT = 900_000;

const missing: string[] = [];
const paths = (process.env.ESPRUINO ?? "").split(":").filter(Boolean);

async function totalOf(path: string): Promise<number> {
  const interpreter = createInterpreter(path);
  try {
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    return Number(total);
  } finally {
    interpreter.close();
  }
}

/** Lets `work` have an interpreter with the subject in flash. */
async function withSubject<T>(
  path: string,
  subject: Subject,
  work: (interpreter: Interpreter) => Promise<T>,
): Promise<T> {
  const interpreter = createInterpreter(path, { limit: LIMIT });
  try {
    await interpreter.store("mqtt", subject.code);
    return await work(interpreter);
  } finally {
    interpreter.close();
  }
}

async function memory(interpreter: Interpreter, subject: Subject): Promise<Numbers> {
  const flash = await variables(interpreter, subject, "flash");
  const ram = await variables(interpreter, subject, "RAM");
  const numbers: Numbers = {
    flashLoaded: flash!.loaded,
    flashConnected: flash!.connected,
    ramLoaded: ram?.loaded ?? null,
    ramConnected: ram?.connected ?? null,
  };
  for (const qos of subject.acknowledge ? [0, 1] : [0]) {
    for (const size of [20, 200])
      numbers[`peak${qos}-${size}`] = (await peak(interpreter, subject, qos, size)) ?? null;
  }
  numbers.growth = (await growth(interpreter, subject, PUBLISHES, RECONNECTS)) ?? null;
  return numbers;
}

async function measure(subject: Subject, tight?: string, roomy?: string): Promise<Numbers> {
  const numbers: Numbers = { bytes: subject.code.length };
  if (tight) Object.assign(numbers, await withSubject(tight, subject, (on) => memory(on, subject)));
  if (roomy && isCountable)
    Object.assign(numbers, await withSubject(roomy, subject, (on) => costs(on, subject)));
  return numbers;
}

/** Costs of MQTT 5.0 where 3.1.1 costs what the subject with the TCP link does. */
async function measureVersion5(path: string): Promise<Numbers> {
  process.stderr.write("MQTT 5.0 …\n");
  const subject = await version5Subject();
  return withSubject(path, subject, (on) => costs(on, subject));
}

/** What each driver takes of the firmware and, where there is an interpreter for it, of its variables. */
async function measureDrivers(path: string | undefined): Promise<Record<string, Numbers>> {
  const bytes = driverBytes(readFileSync("dist/esp8266.min.js", "latin1"));
  const measured: Record<string, Numbers> = {};
  for (const type of DRIVERS) {
    measured[type] = { bytes: bytes[type]! };
    if (!path) continue;
    process.stderr.write(`${type} …\n`);
    const interpreter = createInterpreter(path);
    try {
      Object.assign(measured[type], (await driverVariables(interpreter, type)).variables);
    } finally {
      interpreter.close();
    }
  }
  return measured;
}

/** What each part of the client takes, and where there is an interpreter for it, of its variables. */
async function measureParts(path: string | undefined): Promise<Record<string, Numbers>> {
  process.stderr.write("parts …\n");
  const bytes = await partBytes();
  const counted = path
    ? await partVariables(async (code, work) => {
        const interpreter = createInterpreter(path);
        try {
          await interpreter.store("mqtt", code);
          return await work(interpreter);
        } finally {
          interpreter.close();
        }
      })
    : {};
  return Object.fromEntries(
    Object.entries(bytes).map(([name, size]) => [name, { bytes: size, ...counted[name] }]),
  );
}

const isCountable = spawnSync("valgrind", ["--version"]).status === 0;
const totals = await Promise.all(paths.map(totalOf));
const tight = paths.find((_, index) => totals[index] === 1600);
const roomy = paths.find((_, index) => totals[index] !== 1600);
if (!paths.length) missing.push("variables and instructions: set ESPRUINO to the Espruino binary for Linux");
else if (!tight) missing.push("variables: ESPRUINO names no build with an ESP8266's 1600 variables");
else if (!roomy) missing.push("instructions: ESPRUINO names no build whose memory grows");
if (roomy && !isCountable) missing.push("instructions: valgrind is not installed");
if (!process.env.PEERS) missing.push("peers: set PEERS to a folder with MQTT.js and tinyMQTT.js");

const results: Results = { subjects: {} };
for (const subject of await subjects(process.env.PEERS)) {
  process.stderr.write(`${subject.name} …\n`);
  results.subjects[subject.name] = await measure(subject, tight, roomy);
}
if (roomy && isCountable) results.version5 = await measureVersion5(roomy);
if (tight) {
  results.node = await nodeVariables(tight);
  results.three = await nodeVariables(tight, THREE);
  results.discovery = await nodeVariables(tight, undefined, { discovery: true });
}
if (roomy && isCountable) {
  process.stderr.write("second …\n");
  results.second = await secondCosts(roomy);
}
results.drivers = await measureDrivers(tight);
results.parts = await measureParts(tight);

console.log(table(results));
if (results.version5) console.log(`\n${version5Table(results)}`);
if (results.node)
  console.log(
    `\nThe whole node on ESP8266, with a BME280: ${results.node} of 1600 variables; with two DS18B20 more: ${results.three}.`,
  );
if (results.second) console.log(`\n${secondTable(results)}`);
console.log(`\n${driverTable(results)}\n\n${partTable(results)}\n`);
const sizes = bundleChecks((file) => readFileSync(file).length);
for (const [what, bytes, budget] of sizes) console.log(`${what}: ${bytes} of ${budget}`);
for (const what of missing) console.log(`Not measured: ${what}.`);

mkdirSync(".cache/bench", { recursive: true });
writeFileSync(".cache/bench/results.json", JSON.stringify(results, null, 2) + "\n");
if (process.argv.includes("--save")) {
  const kept = merge(JSON.parse(readFileSync(SAVED, "utf8")) as Results, results);
  writeFileSync(SAVED, JSON.stringify(kept, null, 2) + "\n");
  for (const [page, name, text] of shownTables(kept)) {
    const block = new RegExp(`(<!-- ${name} -->\\n)[^]*?(\\n<!-- /${name} -->)`);
    writeFileSync(page, readFileSync(page, "utf8").replace(block, `$1\n${text}\n$2`));
  }
}

const checks = [...checksOf(results), ...sizes];
for (const [what, measured, budget] of checks)
  if (MISSED[what] && measured) console.log(`Missed: ${what}: ${measured} of ${budget}`);
const beyond = beyondBudget(checks);
for (const line of beyond) console.log(`OVER BUDGET: ${line}`);
if (beyond.length) process.exitCode = 1;
