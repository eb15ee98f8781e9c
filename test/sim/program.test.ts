import assert from "node:assert/strict";
import { KINDS, closeWorlds, makeWorld } from "./support.ts";

describe("sim: timers", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    const start = () => {
      const world = makeWorld();
      const board = world.board({ board: kind });
      board.powerOn();
      return { world, board };
    };

    it(`fires when due, to the microsecond (${kind})`, async () => {
      const { world, board } = start();
      board.evaluate("setTimeout(function () { print('x' + getTime()); }, 1.5)");
      await world.runFor(10);
      assert.deepEqual(board.console, ["x0.0015"]);
    });

    it(`takes anything shorter than 0.1 ms for 0.1 ms (${kind})`, async () => {
      const { world, board } = start();
      board.evaluate(
        "[0, -5, NaN, 0.01].forEach(function (wait) { setTimeout(function () { print(getTime().toFixed(4)); }, wait); })",
      );
      await world.runFor(1);
      assert.deepEqual(board.console, Array(4).fill("0.0001"));
    });

    it(`lets a timer set itself again without losing time (${kind})`, async () => {
      const { world, board } = start();
      board.evaluate("var n = 0; function tick() { n++; setTimeout(tick, 1000); } setTimeout(tick, 1000)");
      await world.runFor(3600000);
      assert.equal(board.evaluate("n"), 3600);
    });

    it(`gives small ids, and the id of the last timer again once it is gone (${kind})`, async () => {
      const { world, board } = start();
      const set = "setTimeout(function () {}, 5)";
      assert.deepEqual([board.evaluate(set), board.evaluate(set)], [1, 2]);
      board.evaluate("clearTimeout(2)");
      assert.equal(board.evaluate(set), 2);
      await world.runFor(10);
      assert.equal(board.evaluate(set), 1);
    });

    it(`clears one timer, all with no argument, and throws for undefined (${kind})`, async () => {
      const { world, board } = start();
      board.evaluate("function say(text) { return setTimeout(function () { print(text); }, 5); }");
      board.evaluate("clearTimeout(say('never')); clearTimeout(77); clearTimeout(null); say('once')");
      await world.runFor(10);
      assert.deepEqual(board.console, ["once"]);
      board.evaluate("say('a'); say('b'); clearTimeout()");
      await world.runFor(10);
      assert.deepEqual(board.console, ["once"]);
      board.evaluate("clearTimeout(undefined)");
      assert.equal(
        board.console[1],
        "Uncaught Error: clearTimeout(undefined) not allowed. Use clearTimeout() instead",
      );
    });

    it(`throws for what is no function and for a hundred years (${kind})`, () => {
      const { board } = start();
      board.evaluate("setTimeout(5, 1)");
      board.evaluate("setTimeout(function () {}, 4e15)");
      assert.match(board.uncaught[0]!, /^Error: Function or String not supplied!/);
      assert.match(board.uncaught[1]!, /^Error: Interval is too long/);
    });

    for (const clock of ["virtual", "real"] as const) {
      for (const look of ["getTime() * 1000", "Date.now()", "new Date().getTime()"]) {
        it(`has time pass for a program that looks at it: a loop ends that waits by ${look} (${kind}, ${clock} clock)`, async () => {
          const world = makeWorld({ clock });
          const program = `
            function look() { return ${look}; }
            function wait(ms) { for (var start = look(); look() < start + ms; ); }
            wait(100);
            setTimeout(function () { wait(200); print("waited"); }, 0);`;
          const board = world.board({ board: kind, storage: { ".bootcde": program } });
          board.powerOn();
          await world.runUntil(() => board.console.includes("waited"), 1000);
          await world.runUntil(() => board.time() <= world.clock.now(), 1000);
          assert.ok(world.clock.now() >= 300, String(world.clock.now()));
        });
      }
    }

    it(`runs timers that are due at once in the order in which they were set (${kind})`, async () => {
      const { world, board } = start();
      // A stuck bus keeps an ESP32 busy for a second, so that both are due when it is back; an ESP8266 goes
      // on at once.
      board.i2c.stuck = true;
      board.evaluate("I2C1.setup({}); function say(t, ms) { setTimeout(function () { print(t); }, ms); }");
      board.evaluate("say('first', 20); say('second', 10); try { I2C1.writeTo(1, [1]); } catch (e) {}");
      await world.runFor(2000);
      assert.deepEqual(board.console, kind === "ESP32" ? ["first", "second"] : ["second", "first"]);
    });
  }
});

describe("sim: the program of a board", () => {
  afterEach(closeWorlds);

  it("runs .bootcde in the global scope", () => {
    const board = makeWorld().board({
      board: "ESP32",
      storage: { ".bootcde": "var a = 5; function f() { return a; }" },
    });
    board.powerOn();
    assert.equal(board.evaluate("f() + this.a"), 10);
  });

  it("prints what was thrown and not caught, keeps it with its place, and goes on", async () => {
    const world = makeWorld();
    const program =
      "setTimeout(function bad() { throw new Error('boom'); }, 1);\n" +
      "setTimeout(function () { print('still here'); }, 2);\n" +
      "setTimeout(function () { throw 'text'; }, 3);\nnope();";
    const board = world.board({ board: "ESP8266", storage: { ".bootcde": program } });
    const heard: string[] = [];
    board.onConsole((line) => heard.push(line));
    board.powerOn();
    await world.runFor(10);
    assert.equal(board.uncaught.length, 3);
    assert.match(board.uncaught[0]!, /^ReferenceError: nope is not defined\n    at \.bootcde:4:1/);
    assert.match(board.uncaught[1]!, /^Error: boom\n    at bad \(\.bootcde:1:/);
    assert.equal(board.uncaught[2], "text");
    assert.ok(board.console.includes("Uncaught Error: boom"));
    assert.ok(board.console.includes("still here"));
    assert.equal(board.console.at(-1), "Uncaught text");
    assert.deepEqual(heard, board.console);
  });

  it("gives the value of what is evaluated and prints what it throws", () => {
    const board = makeWorld().board({ board: "ESP32" });
    assert.throws(() => board.evaluate("1"), /is off/);
    board.powerOn();
    assert.equal(board.evaluate("1 + 1"), 2);
    assert.equal(board.evaluate("throw new Error('typed')"), undefined);
    assert.equal(board.console[0], "Uncaught Error: typed");
  });

  it("prints each line of a text by itself", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("print('a\\nb', 1)");
    assert.deepEqual(board.console, ["a", "b 1"]);
  });

  it("evaluates a module from Storage once a boot", () => {
    const module = "print('loaded'); exports.n = 0; exports.next = function () { return ++exports.n; };";
    const board = makeWorld().board({ board: "ESP8266", storage: { counter: module } });
    board.powerOn();
    assert.equal(board.evaluate("require('counter').next() + require('counter').next()"), 3);
    assert.deepEqual(board.console, ["loaded"]);
    board.powerOff();
    board.powerOn();
    assert.equal(board.evaluate("require('counter').next()"), 1);
    assert.deepEqual(board.console, ["loaded", "loaded"]);
  });

  it("lets a module replace its exports", () => {
    const board = makeWorld().board({
      board: "ESP32",
      storage: { m: "module.exports = function () { return 7; };" },
    });
    board.powerOn();
    assert.equal(board.evaluate("require('m')()"), 7);
  });

  it("throws for a module that is not there", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("require('nope')");
    board.evaluate("require('dgram')");
    assert.match(board.uncaught[0]!, /^Error: Module "nope" not found/);
    assert.match(board.uncaught[1]!, /^Error: Module "dgram" not found/);
  });

  it("reads files as byte strings, and undefined for what is not there", () => {
    const board = makeWorld().board({ board: "ESP32", storage: { data: "a\x00\xffz" } });
    board.powerOn();
    assert.equal(board.evaluate("require('Storage').read('data')"), "a\x00\xffz");
    assert.equal(board.evaluate("require('Storage').read('none')"), undefined);
    board.storage.set("none", "written");
    assert.equal(board.evaluate("require('Storage').read('none')"), "written");
  });

  it("gives the same pin for the same name and objects to a pin that is not there", () => {
    const board = makeWorld().board({ board: "ESP8266" });
    board.powerOn();
    assert.equal(board.evaluate("new Pin('D4') === new Pin('D4')"), true);
    assert.equal(board.evaluate("String(new Pin('D4'))"), "D4");
    board.evaluate("new Pin('D22')");
    assert.match(board.uncaught[0]!, /no pin D22/);
  });
});
