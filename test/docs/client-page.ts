/** docs/client.md: client.template.md, with the docstrings and types of what it names put in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readApis } from "./api.ts";
import type { Entry, Member } from "./api.ts";
import { anchorOf, code, pageOf, table } from "./markdown.ts";

export const CLIENT_PAGE = "docs/client.md";
const TEMPLATE = "test/docs/client.template.md";

/** Where the template's names are looked for; the object's begin with `ristretto:`. */
const FUNCTIONS = ["src/index.ts", "hw/net/tcp.ts", "hw/net/tls.ts"];
const OBJECT = "ristretto";
/** Files of constants that are no part of the functions. */
const APART = ["src/reason.ts", "src/limits.ts"];
const OTHERS = ["src/codec/constants.ts", "src/codec/identifiers.ts", "src/client/publish.ts"];
/** What the compiler needs to know besides. */
const TYPES = ["types/ristretto.d.ts", "hw/globals.d.ts"];

/** A heading, or `<!-- what name -->`, which may go on with `as words` or with words. */
const LINE = /^(#+) .*$|^<!-- (\w+) (\S+)(?: (?:as )?(.+?))? -->$/gm;

interface Sources {
  find(name: string): Entry;
  /** Constants of files: those that the functions offer, by value, or all of a file that is apart, as it has them. */
  constants(files: readonly string[]): Entry[];
  /** What is offered and was not asked for. */
  left(): string[];
}

function readSources(): Sources {
  const apis = readApis([...FUNCTIONS, ...APART, ...OTHERS, ...TYPES], [OBJECT]);
  const offered = apis.get(FUNCTIONS[0]!)!;
  const shown = new Set<Entry>();
  const show = (entry: Entry): Entry => {
    assert.ok(entry.doc, `${entry.name} has no docstring`);
    for (const { name, doc } of entry.members) assert.ok(doc, `${entry.name}.${name} has no docstring`);
    shown.add(entry);
    return entry;
  };
  return {
    find(name) {
      const [object, member] = name.split(":");
      const entries = member
        ? [apis.get(object!)?.get(member)]
        : FUNCTIONS.map((one) => apis.get(one)?.get(name));
      const found = entries.find(Boolean);
      assert.ok(found, `${TEMPLATE} names ${name}, which is not there`);
      return show(found);
    },
    constants(files) {
      const all = files.flatMap((file) => [...apis.get(file)!.values()]);
      const entries = APART.includes(files[0]!)
        ? all
        : all
            .flatMap(({ name }) => offered.get(name) ?? [])
            .sort((a, b) => Number(a.value) - Number(b.value));
      return entries.filter(({ value }) => value !== undefined).map(show);
    },
    left: () =>
      [...offered.values(), ...apis.get(OBJECT)!.values()]
        .filter((entry) => !shown.has(entry))
        .map(({ name }) => name),
  };
}

const isMethod = ({ type }: Member): boolean => /^[(<]/.test(type);
const isHandler = ({ name, isCallable }: Member): boolean => isCallable && name.startsWith("on");

/** What a member is called, or how it is called. */
const named = ({ name, type }: Member): string => code(type.startsWith("(") ? name + type : name);

function membersTable(members: readonly Member[]): string {
  const isNeeded = (one: Member): boolean => one.isNeeded && members.some((other) => !other.isNeeded);
  const inOrder = [...members.filter(isNeeded), ...members.filter((one) => !isNeeded(one))];
  const rows = inOrder.map((one) => [
    named(one),
    isMethod(one) ? "" : code(one.type),
    (isNeeded(one) ? "**Needed.** " : "") + one.doc,
  ]);
  // Methods have their types in their names.
  return rows.some(([, type]) => type)
    ? table(["name", "type", "what it is"], rows)
    : table(
        ["name", "what it does"],
        rows.map(([name, , doc]) => [name!, doc!]),
      );
}

function handlersTable(members: readonly Member[]): string {
  return table(
    ["handler", "when"],
    members.map((one) => [isMethod(one) ? named(one) : code(`${one.name}: ${one.type}`), one.doc]),
  );
}

function eventsTable(members: readonly Member[]): string {
  return table(
    ["event", "with", "when"],
    members.map(({ name, type, doc }) => [code(name), type === "[]" ? "" : code(type.slice(1, -1)), doc]),
  );
}

/** A heading, a signature if there is one, and what there is to say. */
function section(level: number, title: string, signature: string, ...texts: string[]): string {
  const fence = signature && `\`\`\`ts\n${signature}\n\`\`\``;
  return [`${"#".repeat(level)} ${title}`, fence, ...texts].filter(Boolean).join("\n\n");
}

/** The words of a constant, as the standard writes them. */
const wordsOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll("_", " ")
    .replace(/^(qos|tls)\b/, (word) => (word === "qos" ? "QoS" : "TLS"))
    .replace("re auth", "re-auth");

const hexadecimal = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;

function constantsTable(entries: readonly Entry[], isReason: boolean): string {
  const rows = entries.map(({ name, value, doc }) =>
    isReason
      ? [`${value}`, hexadecimal(value!), `**${wordsOf(name)}:** ${doc}`]
      : [code(name), `${value}`, doc],
  );
  return table(isReason ? ["code", "", "what it means"] : ["name", "value", "what it is"], rows);
}

/** What stands in the place of a directive below a heading of a level; `words` are what else it says. */
function written(sources: Sources, level: number, what: string, name: string, words: string): string {
  if (what === "bundle") return "";
  if (what === "constants")
    return constantsTable(sources.constants([name, ...words.split(" ").filter(Boolean)]), name === APART[0]);
  const { members, doc, signature, ...entry } = sources.find(name);
  const own = members.filter(({ isOwn }) => isOwn);
  switch (what) {
    case "doc":
      return doc;
    case "function":
      return section(level + 1, words || name, signature.replace(entry.name, words || name), doc);
    case "part":
      assert.equal(signature, "Part", name);
      return section(level + 1, words || name, "", doc);
    case "type":
      return section(level + 1, words || name, signature, doc, membersTable(own));
    case "members":
      return membersTable(own.filter(({ isCallable }) => !isCallable));
    case "methods":
      return own
        .filter(({ isCallable }) => isCallable)
        .map((one) => section(level + 1, `${words}.${one.name}`, `${words}.${one.name}${one.type}`, one.doc))
        .join("\n\n");
    case "options":
      return membersTable(members.filter((one) => !isHandler(one)));
    case "handlers":
      return handlersTable(members.filter(isHandler));
    case "events":
      return eventsTable(members);
  }
  throw new Error(`${TEMPLATE} asks for "${what}", which is nothing`);
}

/** The page, from its template. */
export async function clientPage(): Promise<string> {
  const template = readFileSync(TEMPLATE, "utf8");
  const sources = readSources();
  const linked = [...template.matchAll(LINE)].flatMap(([, , what, name]) =>
    (what === "function" || what === "part") && !name!.includes(":") ? [name!] : [],
  );
  let level = 1;
  const text = template.replace(
    LINE,
    (line, heading: string | undefined, what: string, name: string, words = "") => {
      if (heading) {
        level = heading.length;
        return line;
      }
      const put = written(sources, level, what, name, words as string);
      if (name.startsWith(OBJECT)) return put;
      // Functions and parts are linked to where they stand, but not within their own section.
      return linked
        .filter((one) => one !== name)
        .reduce((result, one) => result.replaceAll(code(one), `[${code(one)}](#${anchorOf(one)})`), put);
    },
  );
  assert.deepEqual(sources.left(), [], `${TEMPLATE} leaves out`);
  const note =
    "<!-- Made by `npm run docs` of test/docs/client.template.md and the docstrings in src/ and types/. -->";
  return pageOf(CLIENT_PAGE, text.replace("\n", `\n\n${note}\n`));
}

/** The programs of the template, each with the bundle that it is for. */
export function clientPrograms(): Array<{ bundle: string; program: string }> {
  let bundle = "";
  return [
    ...readFileSync(TEMPLATE, "utf8").matchAll(/^<!-- bundle (\S+) -->$|^```js\n([^]*?)^```$/gm),
  ].flatMap(([, name, program]) => {
    if (name) bundle = name;
    return program ? [{ bundle, program }] : [];
  });
}
