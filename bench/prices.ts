/**
 * What single things cost the engine, as CONTRIBUTING lists them: `ESPRUINO=… node --import tsx bench/prices.ts` prints
 * thousands of machine instructions each, by valgrind's count, above those of an empty loop.
 */
import { createInterpreter } from "./interpreter.ts";

const SETUP = `
var bytesOf = String.fromCharCode, record = { text: "sensors/pressure", link: { write: function () {} } };
var text = "sensors/pressure", list = [];
function none() {}
function four(a, b, c, d) {}
function skips(a) { if (a) { return "a hundred characters that are skipped, but read all the same: there is no bytecode in here"; } }
function guarded() { try { } catch (error) { } }
`;

const PRICES: ReadonlyArray<readonly [what: string, code: string]> = [
  ["a call", "none();"],
  ["a call with four arguments", "four(1, 2, 3, 4);"],
  ["a call that skips a hundred characters", "skips();"],
  ["a call with try and catch", "guarded();"],
  ["a method of a record in a record", 'record.link.write("abc");'],
  ["a method of a text", "text.charCodeAt(1);"],
  ["a part of a text", "text.substr(2, 4);"],
  ["String.fromCharCode(1, 2)", "String.fromCharCode(1, 2);"],
  ["the same, taken out once", "bytesOf(1, 2);"],
  ["joining two texts", 'text + "abc";'],
  ["comparing a text with a member", "text === record.text;"],
  ["typeof", 'typeof text === "string";'],
  ["a function expression called at once", "(function (a) { return a; })(1);"],
  ["an array grown by one and shrunk again", "list.push(text); list.shift();"],
  ["JSON of a short text", "JSON.stringify(text);"],
];

const [FEW, MANY] = [20, 120];
const interpreter = createInterpreter(process.env.ESPRUINO!.split(":").at(-1)!);

async function price(code: string): Promise<number> {
  const run = (count: number): Promise<number> =>
    interpreter.count(`${SETUP}for (var i = 0; i < ${count}; i++) { ${code} }\nquit();`);
  return ((await run(MANY)) - (await run(FEW))) / (MANY - FEW) / 1000;
}

try {
  const empty = await price("");
  console.log(`an empty pass of a loop: ${empty.toFixed(1)}`);
  for (const [what, code] of PRICES) console.log(`${what}: ${((await price(code)) - empty).toFixed(1)}`);
} finally {
  interpreter.close();
}
