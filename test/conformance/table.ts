/**
 * The conformance table: the statements of both standards that concern a client, each with the tests that prove it or the
 * reason why there is nothing to prove. `npm run conformance` writes it to docs/conformance.md.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { relative } from "node:path";

export const TABLE = "docs/conformance.md";

/** Whose duty a statement is; `observed`: the server's, and a client can tell when it is neglected. */
export type Who = "client" | "both" | "observed" | "server";

export interface Statement {
  /** `MQTT-x.y.z-n` of 3.1.1 or `MQTT5-x.y.z-n` of 5.0. */
  id: string;
  who: Who;
  /** What it asks for, in our words; those of servers alone have one where a test of ours shows them. */
  summary?: string;
}

/** A test, as mocha lists it. */
export interface Proof {
  title: string;
  file: string;
  ids: string[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(`test/conformance/${name}`, "utf8"));

export const STATEMENTS = read("statements.json") as readonly Statement[];
/** By id, why nothing of ours can keep or break the statement. */
export const REASONS = read("reasons.json") as Readonly<Record<string, string>>;

/** The standards that the table is complete for, by how their ids begin. */
export const STANDARDS: ReadonlyArray<readonly [prefix: string, name: string]> = [
  ["MQTT-", "MQTT 3.1.1"],
  ["MQTT5-", "MQTT 5.0"],
];

const OWNERS: Record<Who, string> = {
  client: "client",
  both: "both",
  observed: "server, seen here",
  server: "server",
};

const ID = /\[(MQTT5?-[^\]]*)\]/g;

/** The statements that a test's name claims to prove. */
export function idsOf(title: string): string[] {
  return [...title.matchAll(ID)].map(([, id]) => id!);
}

/**
 * All tests that name a statement. Mocha lists them, because many names are put together while files are read; the list is the
 * same on every machine: programs that tests look for count as there, the interpreter as not.
 */
export function collectProofs(): Proof[] {
  const env = { ...process.env };
  delete env.ESPRUINO;
  const arguments_ = ["--dry-run", "--reporter", "json", "test/**/*.test.ts"];
  const { stdout, stderr } = spawnSync(process.execPath, ["node_modules/mocha/bin/mocha.js", ...arguments_], {
    env,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  // What files print while they are read stands before it.
  const begin = stdout.indexOf('{\n  "stats"');
  if (begin < 0) throw new Error(`mocha lists no tests:\n${stdout}${stderr}`);
  const { tests } = JSON.parse(stdout.slice(begin)) as { tests: Array<{ title: string; file: string }> };
  return tests
    .map(({ title, file }) => ({ title, file: relative(process.cwd(), file), ids: idsOf(title) }))
    .filter(({ ids }) => ids.length);
}

/** Does a statement need a proof or a reason? */
export function isOurs({ who }: Statement): boolean {
  return who !== "server";
}

function cell(text: string): string {
  return text.replace(/\|/g, "\\|").replace(/</g, "&lt;");
}

function proofOf(id: string, proofs: readonly Proof[]): string {
  const reason = REASONS[id];
  if (reason !== undefined) return `*${cell(reason)}*`;
  const lines = proofs
    .filter(({ ids }) => ids.includes(id))
    .map(({ title, file }) => {
      const name = file.replace(/^test\//, "").replace(/\.test\.ts$/, "");
      return `[${name}](../${file}): ${cell(title.replace(ID, "").replace(/\s+/g, " ").trim())}`;
    });
  return [...new Set(lines)].join("<br>");
}

function rows(statements: readonly Statement[], proofs: readonly Proof[]): string {
  const lines = statements.map(
    ({ id, who, summary = "" }) => `| ${id} | ${cell(summary)} | ${OWNERS[who]} | ${proofOf(id, proofs)} |`,
  );
  return ["| statement | in short | whose duty | proof |", "| --- | --- | --- | --- |", ...lines].join("\n");
}

function section([prefix, name]: readonly [string, string], proofs: readonly Proof[]): string {
  const all = STATEMENTS.filter(({ id }) => id.startsWith(prefix));
  const ours = all.filter(isOurs);
  const reasoned = ours.filter(({ id }) => REASONS[id] !== undefined).length;
  const shown = all.filter((one) => !isOurs(one) && proofs.some(({ ids }) => ids.includes(one.id)));
  const tests = new Set(
    proofs
      .filter(({ ids }) => ids.some((id) => ours.some((one) => one.id === id)))
      .map(({ file, title }) => file + title),
  );
  const summary = `${ours.length} of its ${all.length} statements concern a client: ${ours.length - reasoned} are proved, by ${tests.size} tests, and ${reasoned} have a reason why they cannot apply.`;
  const more = shown.length
    ? `\n\nStatements about servers alone that our tests show at brokers:\n\n${rows(shown, proofs)}`
    : "";
  return `## ${name}\n\n${summary}\n\n${rows(ours, proofs)}${more}\n`;
}

/** The whole of docs/conformance.md. */
export function tableOf(proofs: readonly Proof[]): string {
  const head = `# Conformance

Every statement of the OASIS standards that a client keeps, or can see a server break, with the tests that prove it. Made by \`npm run conformance\` from the tests' names; [test/conformance/table.test.ts](../test/conformance/table.test.ts) fails when it is stale or a row is empty. The words are ours; what counts is the standard's.
`;
  return [head, ...STANDARDS.map((standard) => section(standard, proofs))].join("\n");
}
