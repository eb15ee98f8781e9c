/** The bench's numbers: how they are kept, shown and held against the budgets. */
import {
  BYTES,
  COSTS,
  GROWTH,
  MISSED,
  most,
  PART_BYTES,
  SECONDS,
  SHARES,
  TIMES,
  VARIABLES,
} from "./budgets.ts";
import type { SecondCosts } from "./second.ts";

/** One number of one subject; null where the subject cannot do it, absent where it was not measured. */
export type Numbers = Record<string, number | null>;

export interface Results {
  /** By the subjects' names. */
  subjects: Record<string, Numbers>;
  /** The costs of the client with the TCP link that speaks MQTT 5.0. */
  version5?: Numbers;
  /** Variables of the whole node, and of one with a BME280 and two DS18B20. */
  node?: number;
  three?: number;
  /** And of one with a BME280 and discovery. */
  discovery?: number;
  /** Of the whole node, with a BME280. */
  second?: SecondCosts;
  /** By the types that a configuration names drivers by. */
  drivers?: Record<string, Numbers>;
  /** By the names of the client's parts. */
  parts?: Record<string, Numbers>;
}

/**
 * The subject that the budgets for memory are for, and that which is used as the firmware does: theirs are
 * those for time.
 */
const CORE = "core";
const FIRMWARE = "and TCP link";

/** Where the numbers are kept that the documents show. */
export const SAVED = "bench/results.json";

/** Rows that were measured anew, with the numbers that were kept where they were not. */
function mergeRows(
  kept: Record<string, Numbers> = {},
  measured: Record<string, Numbers> = kept,
): Record<string, Numbers> {
  return Object.fromEntries(
    Object.keys(measured).map((name) => [name, { ...kept[name], ...measured[name] }]),
  );
}

/** What was kept, with all that was measured anew in its place. */
export function merge(kept: Results, measured: Results): Results {
  const names = Object.keys({ ...kept.subjects, ...measured.subjects });
  const subjects = Object.fromEntries(
    names.map((name) => [name, { ...kept.subjects[name], ...measured.subjects[name] }]),
  );
  const drivers = mergeRows(kept.drivers, measured.drivers);
  const parts = mergeRows(kept.parts, measured.parts);
  return { ...kept, ...measured, subjects, drivers, parts };
}

/**
 * The rows of the table, in order: key and words. First what is done in thousands of machine instructions, as
 * costs.ts has it.
 */
const COST_ROWS: ReadonlyArray<readonly [key: string, words: string]> = [
  ["qos1", "thousand instructions: publish, QoS 1, and its PUBACK"],
  ["first", "– the first in its second"],
  ["qos0", "– publish, QoS 0"],
  ["in0", "– message that arrives, QoS 0"],
  ["in1", "– message that arrives, QoS 1"],
  ["ping", "– ping and its answer"],
  ["tick", "– second in which nothing is due"],
  ["lucky1", "– luckiest case: QoS 1, topic and length of the last"],
  ["lucky0", "– luckiest case: QoS 0, topic and length of the last"],
  ["luckyIn", "– luckiest case: arrives from the topic of the last"],
];
export const ROWS: ReadonlyArray<readonly [key: string, words: string]> = [
  ...COST_ROWS,
  ["bytes", "minified, bytes"],
  ["flashLoaded", "variables, loaded from flash"],
  ["flashConnected", "– and connected"],
  ["ramLoaded", "variables, loaded in RAM"],
  ["ramConnected", "– and connected"],
  ["peak0-20", "more at the peak of a publish: QoS 0, 20 bytes"],
  ["peak0-200", "– 200 bytes"],
  ["peak1-20", "– QoS 1, 20 bytes"],
  ["peak1-200", "– 200 bytes"],
  ["growth", "variables left by 10⁵ publishes, 10³ reconnects"],
];

const shown = (value: number | null | undefined): string =>
  value === undefined ? "" : value === null ? "–" : String(value).replace(/\B(?=(\d{3})+$)/g, " ");

/** What is told of each driver, in order: key and words. */
export const COLUMNS: ReadonlyArray<readonly [key: string, words: string]> = [
  ["bytes", "bytes of the firmware"],
  ["configured", "variables, configured"],
  ["read", "after a reading"],
  ["further", "each further one"],
];

/**
 * Lines of cells as a table in Markdown that can be read as it stands; all but the first column are numbers.
 */
function markdown(lines: string[][]): string {
  const widths = lines[0]!.map((_, column) => Math.max(3, ...lines.map((line) => line[column]!.length)));
  const row = (line: string[]): string =>
    `| ${line
      .map((cell, column) => {
        const padding = " ".repeat(widths[column]! - cell.length);
        return column ? padding + cell : cell + padding;
      })
      .join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => "-".repeat(width - (column ? 1 : 0)) + (column ? ":" : "")).join(" | ")} |`;
  return [row(lines[0]!), rule, ...lines.slice(1).map(row)].join("\n");
}

/** The table of the clients. */
export function table({ subjects }: Results): string {
  const names = Object.keys(subjects);
  const rows = ROWS.filter(([key]) => names.some((name) => subjects[name]![key] !== undefined)).map(
    ([key, words]) => [words, ...names.map((name) => shown(subjects[name]![key]))],
  );
  return markdown([["", ...names], ...rows]);
}

/** How many times the cost of 3.1.1 something costs at MQTT 5.0; undefined where either was not measured. */
function timesOf({ subjects, version5 }: Results, key: string): number | undefined {
  const [at5, before] = [version5?.[key], subjects[FIRMWARE]?.[key]];
  return at5 && before ? at5 / before : undefined;
}

/** The table of MQTT 5.0 beside 3.1.1. */
export function version5Table(results: Results): string {
  const lines = COST_ROWS.map(([key, words]) => [
    words,
    shown(results.subjects[FIRMWARE]?.[key]),
    shown(results.version5?.[key]),
    timesOf(results, key)?.toFixed(2) ?? "",
  ]);
  return markdown([["", "3.1.1", "5.0", "times"], ...lines]);
}

/** The table of what a second costs, with a reading and without. */
export function secondTable({ second }: Results): string {
  if (!second) return "";
  const { idle, reading, parts } = second;
  const rows = Object.entries({
    "a second, nothing due": idle,
    "a second with a reading": reading,
    ...parts,
  });
  return markdown([
    ["", "thousand instructions"],
    ...rows.map(([what, thousands], nth) => [nth < 2 ? what : "– " + what, shown(thousands)]),
  ]);
}

/** The table of the drivers. */
export function driverTable({ drivers = {} }: Results): string {
  const rows = Object.entries(drivers).map(([type, numbers]) => [
    "`" + type + "`",
    ...COLUMNS.map(([key]) => shown(numbers[key])),
  ]);
  return markdown([["driver", ...COLUMNS.map(([, words]) => words)], ...rows]);
}

/** The table of the client's parts. */
export function partTable({ parts = {} }: Results): string {
  const rows = Object.entries(parts).map(([name, numbers]) => [
    name,
    ...["bytes", "loaded", "connected"].map((key) => shown(numbers[key])),
  ]);
  return markdown([["part", "bytes", "variables, loaded from flash", "– and connected"], ...rows]);
}

/** A thing with a budget: its name, what was measured (undefined: nothing was), and how much it may be. */
export type Check = [what: string, measured: number | null | undefined, budget: number | undefined];

/**
 * The budgets of time: thousands of machine instructions, shares of a peer's in the same run, and times of
 * 3.1.1's.
 */
function costChecks(results: Results): Check[] {
  const { subjects } = results;
  const own = subjects[FIRMWARE] ?? {};
  return [
    ...Object.entries(COSTS).map(([key, budget]): Check => [
      `thousand instructions: ${key}`,
      own[key],
      budget,
    ]),
    ...SHARES.map(({ what, of, share }): Check => {
      const theirs = subjects[of]?.[what];
      return [`as a share of ${of}: ${what}`, own[what], theirs ? Math.floor(theirs * share) : undefined];
    }),
    ...Object.entries(TIMES).map(([key, budget]): Check => {
      const times = timesOf(results, key);
      return [`times 3.1.1 at MQTT 5.0: ${key}`, times && Math.round(times * 100) / 100, budget];
    }),
  ];
}

/** The budgets of what was measured. */
export function checksOf(results: Results): Check[] {
  const { subjects, node, three, discovery, second, parts = {} } = results;
  const own = subjects[CORE]!;
  return [
    ["core, variables loaded from flash", own.flashLoaded, VARIABLES.loaded],
    ["core, variables connected", own.flashConnected, VARIABLES.connected],
    ["whole node, variables", node, VARIABLES.node],
    ["node with three sensors, variables", three, VARIABLES.three],
    ["node with discovery, variables", discovery, VARIABLES.discovery],
    ...Object.entries(PART_BYTES).map(([name, budget]): Check => [
      `${name}, bytes`,
      parts[name]?.bytes,
      budget,
    ]),
    ["a second of the node, thousand instructions", second?.idle, SECONDS.idle],
    ["a second with a reading, thousand instructions", second?.reading, SECONDS.reading],
    ...Object.entries(subjects)
      .filter(([name]) => !name.endsWith(".js"))
      .map(([name, { growth }]): Check => [`${name}, variables left`, growth, GROWTH]),
    ...costChecks(results),
  ];
}

/** The budgets of the bundles, whose sizes `sizeOf` tells. */
export const bundleChecks = (sizeOf: (file: string) => number): Check[] =>
  Object.entries(BYTES).map(([file, budget]) => [`${file}, bytes`, sizeOf(file), budget]);

/** The table of the budgets that are missed. */
function missedTable(results: Results): string {
  const checks = [...checksOf(results), ...bundleChecks(() => 0)];
  const rows = Object.entries(MISSED).map(([what, reached]) => [
    what,
    shown(checks.find(([name]) => name === what)![2]),
    shown(reached),
  ]);
  return markdown([["", "budget", "reached"], ...rows]);
}

/** Where each table is shown, and between which marks. */
export function shownTables(results: Results): [page: string, name: string, text: string][] {
  return [
    ["docs/measured.md", "bench", table(results)],
    ["docs/measured.md", "version 5", version5Table(results)],
    ["docs/measured.md", "second", secondTable(results)],
    ["docs/measured.md", "drivers", driverTable(results)],
    ["docs/measured.md", "missed", missedTable(results)],
    ["docs/parts.md", "parts", partTable(results)],
  ];
}

/** What goes beyond its budget, or beyond what is reached where that is missed; a line each. */
export function beyondBudget(checks: Check[]): string[] {
  return checks.flatMap(([what, measured, budget]) =>
    measured === undefined || budget === undefined || (measured !== null && measured <= most(what, budget))
      ? []
      : [`${what}: ${measured} of ${most(what, budget)}`],
  );
}
