/** Uploads, told once for the simulated board's console and, with ESPRUINO, for the real interpreter's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { BoardKind } from "../../sim/world.ts";
import { Board } from "../../tools/board/board.ts";
import { CONFIG, GO, LOADER, LOADER_FILE } from "../../tools/board/loader.ts";
import { upload } from "../../tools/board/upload.ts";
import type { UploadEvent, UploadPlan, UploadResult } from "../../tools/board/upload.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { HINTS } from "../../tools/hints.ts";
import { openPort } from "../../tools/ports/open.ts";
import { UserError } from "../../tools/user-error.ts";
import { createConsoleBed } from "../support/console-bed.ts";
import type { ConsoleBed, ConsoleBedOptions } from "../support/console-bed.ts";
import { espruino, socat, withProgram } from "../support/engines.ts";

/** A node that is told apart from the firmware, and from other ones by its name. */
const marked = (name: string): string => `print("this is ${name}");\n`.padEnd(6000, `// ${name} `);

function tell(title: string, path: string | undefined, kind: BoardKind): void {
  const program = kind === "ESP32" ? "esp32" : "esp8266";

  describe(`upload to ${title}`, function () {
    this.timeout(120000);
    let bed: ConsoleBed;
    const boards: Board[] = [];

    async function start(options: Partial<ConsoleBedOptions> = {}): Promise<void> {
      bed = await createConsoleBed({ kind, ...options }, path);
    }

    afterEach(async () => {
      for (const board of boards.splice(0)) await board.disconnect();
      await bed.close();
    });

    async function visit(port = bed.port): Promise<Board> {
      const board = new Board(await openPort(port));
      boards.push(board);
      return board;
    }

    const firmware = (): string => readFileSync(`dist/${program}.min.js`, "latin1");
    const whole = (): UploadPlan => ({
      board: program,
      code: firmware(),
      config: JSON.stringify(bed.config),
    });

    /** Uploads through a visit of its own, and leaves. */
    async function run(plan: UploadPlan, events: UploadEvent[] = [], port?: string): Promise<UploadResult> {
      const board = await visit(port);
      try {
        return await upload(board, plan, (event) => void events.push(event));
      } finally {
        await board.disconnect();
      }
    }

    /** The UserError that a promise rejects with. */
    async function refusal(promise: Promise<unknown>): Promise<UserError> {
      const error: unknown = await promise.then(
        () => assert.fail("it was not refused"),
        (reason: unknown) => reason,
      );
      if (!(error instanceof UserError)) throw error;
      assert.equal(error.line.split("\n").length, 1);
      return error;
    }

    /** What the board says when it starts what it has in flash. */
    async function said(wanted: RegExp): Promise<string> {
      const board = await visit();
      await board.connect();
      const line = new Promise<string>((resolve) => {
        const remove = board.console.onLine((text) => {
          if (!wanted.test(text)) return;
          remove();
          resolve(text);
        });
      });
      await board.restart("load");
      const text = await line;
      await board.disconnect();
      return text;
    }

    const file = async (name: string): Promise<string | null> => {
      const board = await visit();
      await board.connect();
      await board.restart("reset");
      const content = await board.eval<string | null>(`require("Storage").read(${JSON.stringify(name)})`);
      await board.disconnect();
      return content;
    };

    it("ends with the first acknowledged reading", async () => {
      await start();
      const events: UploadEvent[] = [];
      const { reading, written } = await run(whole(), events);
      assert.deepEqual(Object.keys(reading?.reading ?? {}), ["temperature", "pressure", "humidity"]);
      assert.ok(written > firmware().length);
      const stages = events.map(({ stage }) => stage).filter((stage, nth, all) => stage !== all[nth - 1]);
      assert.deepEqual(stages.slice(0, 3), ["connect", "check", "write"]);
      assert.deepEqual(stages.slice(-3), ["start", "log", "end"]);
    });

    it("writes nothing the second time, and only what changed the third", async () => {
      await start();
      await run(whole());
      assert.equal((await run(whole())).written, 0);
      const config = JSON.stringify({ ...bed.config, period: 30 });
      const { written, reading } = await run({ board: program, config });
      assert.equal(written, config.length);
      assert.ok(reading);
      assert.equal(await file(CONFIG), config);
    });

    it("puts a new program in the place of a running one, and of one that was saved by other means", async () => {
      await start({
        files: { ".bootcde": `print("old");setTimeout(function f(){setTimeout(f,50);print("tick")},50);` },
      });
      assert.match(await said(/old/), /old/);
      for (const name of ["one", "two", "three"]) {
        await run({ board: program, code: marked(name), detach: true });
        assert.equal(await said(/this is/), `this is ${name}`);
      }
      assert.equal(await file(LOADER_FILE), LOADER);
    });

    it("breaks into a board that is stuck in its saved program", async () => {
      await start({ files: { ".bootcde": "while(true);" } });
      await run({ board: program, code: marked("rescue"), detach: true });
      assert.equal(await said(/this is/), "this is rescue");
    });

    it("finds a line that somebody left half typed", async () => {
      await start();
      const visitor = await visit();
      await visitor.console.send(`require("Storage").write("a","half`);
      await visitor.disconnect();
      await run({ board: program, code: marked("whole"), detach: true });
      assert.equal(await said(/this is/), "this is whole");
    });

    it("leaves the old program when it is cut off anywhere, and goes on where it was", async () => {
      await start();
      await run({ board: program, code: marked("old"), config: `{"old":1}`, detach: true });
      let isCut = true;
      let expected = "old";
      for (let budget = 500; isCut; budget += 700) {
        const from = bed.typed;
        isCut = false;
        bed.tamper = (bytes) => {
          if (bed.typed - from <= budget) return bytes;
          isCut = true;
          setImmediate(() => bed.unplug());
          return "";
        };
        const events: UploadEvent[] = [];
        await run({ board: program, code: marked("new"), config: `{"new":1}`, detach: true }, events).catch(
          (error: unknown) =>
            assert.ok(error instanceof UserError && error.exitCode === EXIT.PORT, String(error)),
        );
        bed.tamper = (bytes) => bytes;
        const heard = await said(/this is/);
        // Once the new one was seen the old one never comes back.
        if (heard === "this is new") expected = "new";
        assert.equal(heard, `this is ${expected}`);
        assert.equal(await file(CONFIG), `{"${expected}":1}`);
      }
      assert.equal(expected, "new");
      assert.equal(await file(GO), null);
    });

    it("keeps what was written before the cut", async () => {
      await start();
      await run({ board: program, code: marked("old"), detach: true });
      const from = bed.typed;
      bed.tamper = (bytes) => {
        if (bed.typed - from < 5000) return bytes;
        setImmediate(() => bed.unplug());
        return "";
      };
      const { exitCode, line } = await refusal(run({ board: program, code: marked("new"), detach: true }));
      assert.equal(exitCode, EXIT.PORT);
      assert.match(line, /went away .*the old program still boots/);
      bed.tamper = (bytes) => bytes;
      const { written } = await run({ board: program, code: marked("new"), detach: true });
      assert.ok(written < marked("new").length - 1000, `${written} bytes were written again`);
      assert.equal(await said(/this is/), "this is new");
    });

    it("sends again what the console lost", async () => {
      await start();
      let lost = 0;
      bed.tamper = (bytes) => {
        if (!bytes.includes(".write(") || lost === 2) return bytes;
        lost++;
        return bytes.slice(0, 100) + bytes.slice(110);
      };
      await run({ board: program, code: marked("whole"), detach: true });
      assert.equal(lost, 2);
      assert.equal(await said(/this is/), "this is whole");
    });

    it("refuses another board, an Espruino that is too old, and writes nothing", async () => {
      const other = kind === "ESP32" ? "ESP8266_4MB" : "ESP32";
      await start({ env: { BOARD: other } });
      const wrong = await refusal(run(whole()));
      assert.equal(wrong.exitCode, EXIT.BOARD);
      assert.match(
        wrong.line,
        new RegExp(`is ${other}, not ${program.toUpperCase()}\\. Nothing was written`),
      );
      await bed.close();
      await start({ env: { VERSION: "2v08" } });
      assert.match((await refusal(run(whole()))).line, /Espruino 2v08 on it is too old: 2v29 is needed/);
      assert.equal(await file(LOADER_FILE), null);
    });

    it("refuses a node that needs more variables than are free", async () => {
      await start();
      const { exitCode, line } = await refusal(run({ ...whole(), variables: 20000 }));
      assert.equal(exitCode, EXIT.BOARD);
      assert.match(line, /will hold about 20000 variables, and \d+ of the board's \d+ are free/);
    });

    it("takes a configuration alone only where its program knows what it asks for", async () => {
      await start();
      const config = JSON.stringify({ ...bed.config, sensors: [{ type: "ds18b20", pin: "D4" }] });
      assert.match((await refusal(run({ board: program, config }))).line, /has no program of ristretto's/);
      await run(whole());
      const words = { board: program, config, words: ["ds18b20", "nonsense"] } as const;
      const { exitCode, line } = await refusal(run(words));
      assert.equal(exitCode, EXIT.CONFIGURATION);
      assert.match(line, /was built without nonsense\./);
    });

    it("tells what the board says against its configuration", async () => {
      await start();
      const plan = { ...whole(), config: JSON.stringify({ ...bed.config, period: 0 }) };
      const { exitCode, line } = await refusal(run(plan));
      assert.equal(exitCode, EXIT.CONFIGURATION);
      assert.match(
        line,
        /refuses its configuration: period: must be a whole number from 1 to 86400\. Correct it/,
      );
    });

    it("tells what a node waits for that gets no reading through", async () => {
      await start();
      const config = JSON.stringify({ ...bed.config, broker: { host: "127.0.0.1", port: 1 } });
      const { exitCode, line } = await refusal(run({ ...whole(), config, patience: 6000 }));
      assert.equal(exitCode, EXIT.START);
      assert.match(line, /no reading was acknowledged: MQTT: nothing answers there.* Does the broker run/);
    });

    it("says that a program does not run, with what the console says", async () => {
      await start();
      const code = `print("ristretto 0 on x");throw "some mistake";`;
      const { exitCode, line } = await refusal(run({ ...whole(), code }));
      assert.equal(exitCode, EXIT.START);
      assert.match(line, /does not run: Uncaught some mistake/);
    });

    it("says that somebody else is at the console", async () => {
      await start();
      const first = await visit();
      await first.connect();
      const { exitCode, line } = await refusal(run(whole()));
      assert.equal(exitCode, EXIT.PORT);
      assert.ok(line.endsWith(HINTS["port is taken"]), line);
    });

    if (!path)
      it("refuses a Storage that is too small before it writes, in bytes", async () => {
        await start({ storageSize: 16384 });
        const { exitCode, line } = await refusal(run(whole()));
        assert.equal(exitCode, EXIT.BOARD);
        assert.match(
          line,
          /Storage is too small: \d{5} bytes are needed, \d{5} of 16384 are free\. Nothing was written/,
        );
        assert.equal(await file(LOADER_FILE), null);
      });

    withProgram("over a pseudo terminal", socat, true, () => {
      it("ends with the first acknowledged reading", async () => {
        await start();
        assert.ok((await run(whole(), [], await bed.pty())).reading);
      });

      it("says that another program has the port", async () => {
        await start();
        const link = await bed.pty();
        const first = await visit(link);
        await first.connect();
        const { exitCode, line } = await refusal(run(whole(), [], link));
        assert.equal(exitCode, EXIT.PORT);
        assert.ok(line.endsWith(HINTS["port is taken"]), line);
      });

      it("says that the port went away", async () => {
        await start();
        const link = await bed.pty();
        let seen = 0;
        bed.tamper = (bytes) => {
          if ((seen += bytes.length) > 6000) setImmediate(() => bed.unplug());
          return bytes;
        };
        const { exitCode, line } = await refusal(run(whole(), [], link));
        assert.equal(exitCode, EXIT.PORT);
        assert.match(line, /went away/);
      });
    });
  });
}

for (const kind of ["ESP32", "ESP8266"] as const) tell(`a simulated ${kind}`, undefined, kind);
withProgram("upload to the interpreter", espruino, false, (path) => {
  tell("the interpreter as ESP8266", path, "ESP8266");
});
