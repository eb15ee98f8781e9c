/**
 * The console of a board, told once and run on both: what is typed, and what comes back. The interpreter is slow to answer, so
 * there each answer is waited for.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBrackets } from "../../sim/terminal.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { closeWorlds, KINDS, makeWorld } from "./support.ts";

/** What is typed, and the answer without what moves the cursor. */
const EXCHANGES: ReadonlyArray<readonly [typed: string, answer: string]> = [
  ["1+1\n", "1+1\n=2\n>"],
  ["\x101+1\n\x10print('quiet')\n", "quiet\n>"],
  ["print('a');print('b\\nc')\n", "print('a');print('b\\nc')\na\nb\nc\n=undefined\n>"],
  ["f=function(){\nreturn 5\n}\n", "f=function(){\n:return 5\n:}\n=function () { ... }\n>"],
  ["\x10function g(){\n\x10return 'of g'\n\x10}\n\x10print(g())\n", "of g\n>"],
  ["\x10\x1b[4dprint(1+\x1b\n2)\n", "3\n>"],
  ["'text\\n'\r", "'text\\n'\n=\"text\\n\"\n>"],
  ["setTimeout(function(){print('later')},10)\n", "setTimeout(function(){print('later')},10)\n=1\n>later\n>"],
  ["f(\x08()\n", "f(\b \b()\n=5\n>"],
  ["throw 'text'\n", "throw 'text'\nUncaught text\n>"],
  ["require('Stor", "require('Stor"],
  ["\x03", ">"],
  ["echo(0)\n", "echo(0)\n"],
  ["2+2\nprint(7)\n", "7\n"],
  ["echo(1)\n", "=undefined\n>"],
  [
    "\x10var s=require('Storage');s.eraseAll();print(s.write('a','abc',0,6),JSON.stringify(s.read('a')))\n",
    'true "abc\\u00FF\\u00FF\\u00FF"\n>',
  ],
  [
    "\x10s.write('a','def',3);print(s.read('a'),s.read('a',2,2),E.CRC32(s.read('a')))\n",
    "abcdef cd 1267612143\n>",
  ],
  [
    "\x10try{s.write('a','xx',3)}catch(e){print(''+e)}\n",
    "Error: File already written with different data\n>",
  ],
  ["\x10try{s.write('a','xxxx',3)}catch(e){print(''+e)}\n", "Error: Too much data for file size\n>"],
  ["\x10try{s.write('b','x',3)}catch(e){print(''+e)}\n", "Error: Unable to find or create file\n>"],
  ["\x10try{s.write('b','')}catch(e){print(''+e)}\n", "Error: Can't create zero length file\n>"],
  ["\x10print(s.write('a','abcdef'),s.write('a','new'),s.read('a'),s.list().join())\n", "true true new a\n>"],
  [
    "\x10s.write('a','new',0,3);s.erase('b');s.erase('a');print(s.read('a'),s.list().length)\n",
    "undefined 0\n>",
  ],
  [
    "\x10var t=s.getStats();print(s.getFree()==t.freeBytes,t.freeBytes+t.fileBytes+t.trashBytes==t.totalBytes)\n",
    "true true\n>",
  ],
  [
    "\x10s.compact();t=s.getStats();print(t.trashBytes,t.fileCount,t.freeBytes==t.totalBytes)\n",
    "0 0 true\n>",
  ],
  ["\x10s.write('.bootcde','var n=1;print(\"booted\")')\n\x10load()\n", "booted\n>"],
  ["\x10print(typeof s,n)\n", "undefined 1\n>"],
  ["\x10E.setBootCode();print(require('Storage').list().length)\n", "0\n>"],
];

/** Without colours and cursor, and without what a build says of itself. */
const plain = (bytes: string): string =>
  bytes.replace(/\x1b\[[0-9;]*[A-Za-z]|\r/g, "").replace("Compacting... \n", "");

describe("the console of a board", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`answers on a simulated ${kind} as the interpreter does`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind });
      let got = "";
      board.terminal.onData((bytes) => (got += plain(bytes)));
      board.powerOn();
      await world.runFor(1000);
      assert.match(got, /espruino\.com\/Donate\n\n>$/);
      for (const [typed, answer] of EXCHANGES) {
        got = "";
        board.terminal.write(typed);
        await world.runFor(1000);
        assert.equal(got, answer, JSON.stringify(typed));
      }
    });

    it(`breaks off a program that never ends, on a simulated ${kind}`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind, storage: { ".bootcde": "for (;;);" } });
      let got = "";
      board.terminal.onData((bytes) => (got += plain(bytes)));
      board.powerOn();
      board.terminal.write("\x10print('here')\n");
      await world.runFor(60000);
      assert.equal(got, "");
      board.terminal.write("\x03");
      await world.runFor(1000);
      assert.equal(got, "Execution Interrupted\nhere\n>");
    });

    it(`breaks into a program that restarts its board at once, on a simulated ${kind}`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind, storage: { ".bootcde": "E.reboot();" } });
      let starts = 0;
      board.onReboot(() => starts++);
      board.terminal.onData(() => undefined);
      board.powerOn();
      await world.runUntil(() => starts === 5);
      await world.runFor(100);
      board.terminal.write("\x03");
      await world.runFor(60000);
      assert.equal(starts, 6);
      assert.equal(board.console.at(-1), "Execution Interrupted");
    });
  }

  it("loses what is typed without power, and begins anew with it", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    let got = "";
    board.terminal.onData((bytes) => (got += plain(bytes)));
    board.terminal.write("1+1\n");
    board.powerOn();
    await world.runFor(1000);
    board.terminal.write("(2+");
    await world.runFor(1000);
    board.powerOff();
    board.powerOn();
    got = "";
    board.terminal.write("3\n");
    await world.runFor(1000);
    assert.match(got, /3\n=3\n>$/);
    assert.doesNotMatch(got, /=2/);
  });

  it("takes a line for whole when its brackets, texts and comments are", () => {
    for (const whole of ["", "f()", "'('", '"\\""', "a /* ( */", "b // (", "`(`", ")"])
      assert.ok(openBrackets(whole) <= 0, whole);
    for (const half of ["f(", "{[]", "'a", '"\\"', "/* )", "`"]) assert.ok(openBrackets(half) > 0, half);
  });

  it("says that Storage is full, and takes back what was erased when room is needed", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266", storageSize: 4096 });
    board.powerOn();
    const write = (name: string, size: number): unknown =>
      board.evaluate(`require("Storage").write(${JSON.stringify(name)}, "x", 0, ${size})`);
    assert.equal(write("a", 3000), true);
    assert.equal(write("b", 3000), undefined);
    assert.match(board.uncaught.splice(0).join(), /Unable to find or create file/);
    board.evaluate(`require("Storage").erase("a")`);
    assert.equal(write("b", 3000), true);
    await world.runFor(0);
  });

  withProgram("the interpreter's console", espruino, false, (path) => {
    it("answers the same to the same bytes", async () => {
      const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
      const child = spawn(path, [], { cwd: folder, stdio: "pipe" });
      let got = "";
      let look = (): void => undefined;
      child.stdout.setEncoding("latin1").on("data", (text: string) => {
        got = plain(got + text);
        look();
      });
      const until = (wanted: (text: string) => boolean): Promise<void> =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => reject(new Error(`got ${JSON.stringify(got)}`)), 10000);
          look = () => {
            if (!wanted(got)) return;
            clearTimeout(timer);
            resolve();
          };
          look();
        });
      try {
        await until((text) => text.endsWith(">"));
        for (const [typed, answer] of EXCHANGES) {
          got = "";
          child.stdin.write(typed, "latin1");
          await until((text) => text === answer);
        }
      } finally {
        child.kill("SIGKILL");
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    });
  });
});
