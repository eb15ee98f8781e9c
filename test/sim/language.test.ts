import assert from "node:assert/strict";
import { createRealm } from "../../sim/realm.ts";
import { KINDS, closeWorlds, makeWorld } from "./support.ts";

const complaints: string[] = [];
const realm = createRealm({
  random: () => 0.25,
  date: () => 1000,
  complain: (text) => void complaints.push(text),
});
const evaluate = (code: string): unknown => realm.run(code, "test");

describe("sim: the language of a board", () => {
  afterEach(closeWorlds);

  it("has no global that Espruino or its declaration lacks", () => {
    const names =
      "Map Set WeakMap WeakSet WeakRef Symbol Proxy Reflect Promise Intl BigInt Atomics SharedArrayBuffer " +
      "WebAssembly RangeError URIError EvalError encodeURI decodeURI escape unescape console process Buffer setImmediate " +
      "setInterval queueMicrotask fetch structuredClone performance URL TextEncoder Iterator global";
    for (const name of names.split(" ")) assert.equal(evaluate("typeof " + name), "undefined", name);
  });

  it("lacks the methods that the interpreter lacks", () => {
    const missing =
      "[].lastIndexOf [].flat [].flatMap [].at [].keys [].reduceRight [].values [].findLast Array.from Array.of " +
      "''.at ''.codePointAt ''.localeCompare ''.normalize ''.search ''.trimStart ''.trimEnd ''.matchAll String.raw " +
      "(1).toPrecision (1).toExponential Number.isInteger Number.isNaN Number.isFinite Number.parseInt Math.trunc " +
      "Math.log10 Math.hypot Math.imul Math.cbrt Object.freeze Object.isFrozen Object.is Object.seal Date.UTC " +
      "({}).propertyIsEnumerable new(Uint8Array)(1).at Uint8Array.from new(ArrayBuffer)(1).slice new(Error)().name";
    for (const path of missing.split(" "))
      assert.equal(evaluate("typeof " + path.replace("(Uint", " (Uint")), "undefined", path);
  });

  it("finds in a text what only begins before it ends, as the interpreter does", () => {
    assert.equal(evaluate('" ssid password ".indexOf(" sssid ")'), 14);
    assert.equal(evaluate('"ab ".includes(" x")'), true);
    assert.equal(evaluate('"ab".indexOf("abc")'), -1);
    assert.equal(evaluate('"abcab".indexOf("ab", 1)'), 3);
    assert.equal(evaluate('["ab"].indexOf("a")'), -1);
  });

  it("has the methods that the interpreter has", () => {
    const present =
      "[].concat [].every [].fill [].filter [].find [].findIndex [].forEach [].includes [].indexOf [].join [].map " +
      "[].pop [].push [].reduce [].reverse [].shift [].slice [].some [].sort [].splice [].unshift Array.isArray " +
      "''.charAt ''.charCodeAt ''.endsWith ''.includes ''.indexOf ''.lastIndexOf ''.match ''.padEnd ''.padStart " +
      "''.repeat ''.replace ''.replaceAll ''.slice ''.split ''.startsWith ''.substr ''.substring ''.toLowerCase " +
      "''.trim (1).toFixed (1).toString Math.floor Math.round Math.sign Math.pow Object.assign Object.create " +
      "Object.keys Object.values Object.entries JSON.parse JSON.stringify Date.now parseInt parseFloat isNaN " +
      "encodeURIComponent Object.defineProperty";
    for (const path of present.split(" ")) assert.equal(evaluate("typeof " + path), "function", path);
  });

  // Every expectation below was printed by the interpreter (2v29.277).
  it("prints numbers in JSON with the engine's digits", () => {
    const numbers: [string, string][] = [
      ["1/3", "0.33333333333"],
      ["123456789.123", "123456789.12299999594"],
      ["0.1+0.2", "0.3"],
      ["1013.25", "1013.25"],
      ["99999.99999999", "100000"],
      ["-1e-10", "-1e-10"],
      ["1.5e-7", "1.5e-7"],
      ["1e20", "100000000000000000000"],
      ["1e21", "10e+20"],
      ["1e300", "1e+300"],
      ["2147483648.5", "2147483648.5"],
      ["12345678901234567", "12345678901234568"],
      ["0*-1.5", "0"],
    ];
    for (const [code, text] of numbers) assert.equal(evaluate(`JSON.stringify(${code})`), text, code);
    assert.equal(evaluate("(1/3).toString()"), "0.33333333333");
    assert.equal(evaluate("(255).toString(16)"), "ff");
  });

  it("stringifies what is no JSON as the engine does", () => {
    assert.equal(
      evaluate("JSON.stringify([NaN, Infinity, undefined, null, true, function () {}])"),
      "[null,null,null,null,true,undefined]",
    );
    assert.equal(evaluate("JSON.stringify({ a: undefined, b: function () {}, c: 1 })"), '{"c":1}');
    assert.equal(evaluate("JSON.stringify(undefined)"), "null");
    assert.equal(evaluate("JSON.stringify(new Uint8Array([1, 2]))"), "[1,2]");
    assert.equal(evaluate("JSON.stringify({ toJSON: function () { return 5; } })"), "5");
    assert.equal(evaluate("JSON.stringify(new Date(0))"), '"1970-01-01T00:00:00.000Z"');
    assert.equal(evaluate('JSON.stringify({ "a b": 1, x: { y: [{}] } })'), '{"a b":1,"x":{"y":[{}]}}');
  });

  it("escapes control characters and bytes from 0x7f in JSON", () => {
    assert.equal(
      evaluate(String.raw`JSON.stringify("x\n\t\r\b\f\v\0\x01\x1f\x7f\x80\xff\"\\/'")`),
      String.raw`"x\n\t\r\b\f\u000B\u0000\u0001\u001F\u007F\u0080\u00FF\"\\/'"`,
    );
  });

  it("truncates in toFixed as the engine does", () => {
    const numbers: [string, string][] = [
      ["(99.999).toFixed(2)", "99.99"],
      ["(1.5).toFixed(0)", "1"],
      ["(-1.5).toFixed(0)", "-1"],
      ["(1.005).toFixed(2)", "1.00"],
      ["(21.35).toFixed(1)", "21.4"],
      ["(2.675).toFixed(2)", "2.67"],
      ["(-0.04).toFixed(1)", "-0.0"],
      ["(99.95).toFixed(1)", "99.9"],
      ["(0.999999).toFixed(2)", "0.99"],
      ["(1013.25).toFixed(1)", "1013.3"],
      ["(1e22).toFixed(2)", "10000000000000000000000.00"],
      ["(5).toFixed()", "5"],
      ["(1.5).toFixed(-1)", "1"],
      ["NaN.toFixed(2)", "NaN"],
    ];
    for (const [code, text] of numbers) assert.equal(evaluate(code), text, code);
  });

  it("rounds halves away from zero", () => {
    assert.equal(evaluate("Math.round(-2.5)"), -3);
    assert.equal(evaluate("Math.round(2.5)"), 3);
  });

  it("finds no members in nothing", () => {
    assert.equal(evaluate("Object.keys(null).length + Object.keys(undefined).length"), 0);
  });

  it("has errors with a type, without a name, and only Error is an Error", () => {
    assert.equal(evaluate("String(new TypeError('x'))"), "TypeError: x");
    assert.equal(evaluate("new TypeError('x').type"), "TypeError");
    assert.equal(evaluate("new TypeError('x') instanceof Error"), false);
    assert.equal(evaluate("new Error('x') instanceof Error"), true);
    assert.equal(evaluate("String(Error('x'))"), "Error: x");
    assert.equal(evaluate("typeof new Error('x').name"), "undefined");
  });

  it("takes Math.random and the date from the world", () => {
    assert.equal(evaluate("Math.random()"), 0.25);
    assert.equal(evaluate("Date.now()"), 1000);
    assert.equal(evaluate("new Date().toISOString()"), "1970-01-01T00:00:01.000Z");
    assert.equal(evaluate("new Date(5).getTime()"), 5);
  });

  it("objects to a __proto__ key in JSON.parse, which crashes the interpreter", () => {
    evaluate(`JSON.parse('{"__proto__":1}')`);
    assert.match(complaints.join(), /__proto__/);
  });

  it("gives the program arrays, objects and errors of its own realm", () => {
    const world = makeWorld();
    for (const kind of KINDS) {
      const board = world.board({ board: kind });
      board.powerOn();
      const checks = [
        "process.env instanceof Object",
        "process.memory() instanceof Object",
        "E.getErrorFlags() instanceof Array",
        "require('Wifi').getIP() instanceof Object",
        "(function () { try { clearTimeout(undefined); } catch (e) { return e instanceof Error; } })()",
      ];
      for (const check of checks) assert.equal(board.evaluate(check), true, check);
    }
  });

  it("shows nothing of Node through its globals", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    const names = board.evaluate("Object.getOwnPropertyNames(globalThis).join(' ')") as string;
    const own = "require setTimeout clearTimeout print getTime getSerial process E I2C1 Pin ESP32".split(" ");
    for (const name of own) assert.ok(names.split(" ").includes(name), name);
    assert.equal(board.evaluate("typeof process.versions"), "undefined");
  });
});
