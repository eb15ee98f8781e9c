/**
 * What an upload may meet, on every board there is and by both ways to it: the first one, the next, a board that cannot get
 * out of its program, a cut in the middle, too little Storage, another board, a port that goes away, and one that is taken.
 */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { CONFIG, GO, LOADER_FILE } from "../../tools/board/loader.ts";
import type { UploadEvent } from "../../tools/board/upload.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { HINTS } from "../../tools/hints.ts";
import { UserError } from "../../tools/user-error.ts";
import { espruino, socat, withProgram } from "../support/engines.ts";
import { createUploadBench, firmwareOf, marked, refusal } from "../support/upload-bench.ts";
import type { Way } from "../support/upload-bench.ts";

/**
 * Programs that never let a board come to its prompt. The second is for simulated boards alone: the interpreter for Linux
 * looks at what is typed every 50 ms, and minds a Ctrl-C two looks later, when it has ended long since.
 */
const LOOPS = [
  { what: "a program that never ends", code: "while(true);" },
  { what: "a program that restarts the board at once", code: `print("again");E.reboot();`, isQuick: true },
  {
    what: "a program that restarts the board while it starts",
    code: `print("again");for(var i=0;i<100000;i++);E.reboot();`,
  },
];

/** Bytes of Storage that are no room for the firmware. */
const LITTLE = 16384;

/** Bytes from one cut to the next; opening and closing a terminal takes its time. */
const STEP: Record<Way, number> = { TCP: 900, "a pseudo terminal": 3100 };

function tell(title: string, path: string | undefined, kind: BoardKind, way: Way): void {
  describe(`an upload to ${title} over ${way}`, function () {
    this.timeout(300000);
    const bench = createUploadBench(kind, path, way);
    const { program, start, run, whole, said, file } = bench;

    afterEach(() => bench.close());

    /** Unplugs the board when so many bytes were typed from now on. */
    function cutAfter(budget: number): () => boolean {
      const from = bench.bed.typed;
      let isCut = false;
      bench.bed.tamper = (bytes) => {
        if (bench.bed.typed - from <= budget) return bytes;
        isCut = true;
        setImmediate(() => bench.bed.unplug());
        return "";
      };
      return () => isCut;
    }
    const mend = (): void => void (bench.bed.tamper = (bytes) => bytes);

    it("ends with the first acknowledged reading; the next one writes nothing, and the third only what changed", async () => {
      await start();
      const { reading, written } = await run(whole());
      assert.deepEqual(Object.keys(reading?.reading ?? {}), ["temperature", "pressure", "humidity"]);
      assert.ok(written > firmwareOf(program).length);
      assert.equal((await run(whole())).written, 0);
      const config = JSON.stringify({ ...bench.bed.config, period: 30 });
      const third = await run({ board: program, config });
      assert.equal(third.written, config.length);
      assert.ok(third.reading);
      assert.equal(await file(CONFIG), config);
    });

    for (const { what, code } of LOOPS.filter(({ isQuick }) => !isQuick || !path))
      it(`breaks into ${what}`, async () => {
        await start({ files: { ".bootcde": code } });
        await run({ board: program, code: marked("rescue"), detach: true });
        assert.equal(await said(/this is/), "this is rescue");
      });

    it("leaves the old program when it is cut off anywhere, and goes on where it was", async () => {
      await start();
      await run({ board: program, code: marked("old"), config: `{"old":1}`, detach: true });
      let expected = "old";
      let isCut = (): boolean => true;
      for (let budget = 500; isCut(); budget += STEP[way]) {
        isCut = cutAfter(budget);
        await run({ board: program, code: marked("new"), config: `{"new":1}`, detach: true }).catch(
          (error: unknown) =>
            assert.ok(error instanceof UserError && error.exitCode === EXIT.PORT, String(error)),
        );
        mend();
        const heard = await said(/this is/);
        // Once the new one was seen the old one never comes back.
        if (heard === "this is new") expected = "new";
        assert.equal(heard, `this is ${expected}`);
        assert.equal(await file(CONFIG), `{"${expected}":1}`);
      }
      assert.equal(expected, "new");
      assert.equal(await file(GO), null);
    });

    it("says that the port went away, and keeps what was written before", async () => {
      await start();
      await run({ board: program, code: marked("old"), detach: true });
      cutAfter(5000);
      const { exitCode, line } = await refusal(run({ board: program, code: marked("new"), detach: true }));
      assert.equal(exitCode, EXIT.PORT);
      assert.match(line, /went away .*the old program still boots/);
      mend();
      const { written } = await run({ board: program, code: marked("new"), detach: true });
      assert.ok(written < marked("new").length - 1000, `${written} bytes were written again`);
      assert.equal(await said(/this is/), "this is new");
    });

    it("refuses a Storage that is too small before it writes, in bytes, and has the old program go on", async () => {
      await start({
        room: LITTLE,
        files: {
          ".bootcde": `print("this is old");setTimeout(function f(){setTimeout(f,200);print("on")},1);`,
        },
      });
      const events: UploadEvent[] = [];
      const { exitCode, line } = await refusal(run(whole(), events));
      assert.equal(exitCode, EXIT.BOARD);
      assert.match(
        line,
        /Storage is too small: \d{5} bytes are needed, \d{5} of \d+ are free\. Nothing was written: the old program stays/,
      );
      assert.ok(!events.some(({ stage }) => stage === "write"));
      assert.equal(await bench.heard(/^on$/), "on");
      assert.match((await file(LOADER_FILE))!, /this is old/);
    });

    it("refuses another board, and writes nothing", async () => {
      const other = kind === "ESP32" ? "ESP8266_4MB" : "ESP32";
      await start({ env: { BOARD: other } });
      const { exitCode, line } = await refusal(run(whole()));
      assert.equal(exitCode, EXIT.BOARD);
      assert.match(line, new RegExp(`is ${other}, not ${program.toUpperCase()}\\. Nothing was written`));
      assert.equal(await file(LOADER_FILE), null);
    });

    it("says that another program is at the port", async () => {
      await start();
      const port = await bench.port();
      const first = await bench.visit(port);
      await first.connect();
      const { exitCode, line } = await refusal(run(whole(), [], port));
      assert.equal(exitCode, EXIT.PORT);
      assert.ok(line.endsWith(HINTS["port is taken"]), line);
    });
  });
}

function tellBothWays(title: string, path: string | undefined, kind: BoardKind): void {
  tell(title, path, kind, "TCP");
  withProgram(`an upload to ${title} over a pseudo terminal`, socat, true, () => {
    tell(title, path, kind, "a pseudo terminal");
  });
}

tellBothWays("a simulated ESP32", undefined, "ESP32");
// To a terminal all boards are alike.
tell("a simulated ESP8266", undefined, "ESP8266", "TCP");
withProgram("an upload to the interpreter", espruino, false, (path) => {
  tellBothWays("the interpreter as ESP8266", path, "ESP8266");
});
