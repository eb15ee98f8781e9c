/** Uploads, told once for the simulated board's console and, with ESPRUINO, for the real interpreter's. */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { LOADER, LOADER_FILE } from "../../tools/board/loader.ts";
import { checkBoard } from "../../tools/board/upload.ts";
import type { UploadEvent } from "../../tools/board/upload.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createUploadBench, firmwareOf, marked, refusal } from "../support/upload-bench.ts";

describe("a node with a key", () => {
  it("is not put on an Espruino that was built without hash functions", () => {
    const storage = { total: 0, free: 0, trash: 0, files: [] };
    const facts = { board: "ESP8266_BOARD", version: "2v29", free: 0, total: 0, storage };
    const check = (modules: string): void =>
      checkBoard({ ...facts, modules }, { board: "esp8266", modules: ["crypto"] }, "COM3");
    assert.throws(() => check("net,Wifi,Storage"), /Espruino 2v29 on it was built without crypto\./);
    assert.doesNotThrow(() => check("net,Wifi,Storage,crypto"));
  });
});

function tell(title: string, path: string | undefined, kind: BoardKind): void {
  describe(`upload to ${title}`, function () {
    this.timeout(120000);
    const bench = createUploadBench(kind, path);
    const { program, start, visit, run, whole, said, file } = bench;

    afterEach(() => bench.close());

    it("ends with the first acknowledged reading", async () => {
      await start();
      const events: UploadEvent[] = [];
      const { reading, written } = await run(whole(), events);
      assert.deepEqual(Object.keys(reading?.reading ?? {}), ["temperature", "pressure", "humidity"]);
      assert.ok(written > firmwareOf(program).length);
      const stages = events.map(({ stage }) => stage).filter((stage, nth, all) => stage !== all[nth - 1]);
      assert.deepEqual(stages.slice(0, 3), ["connect", "check", "write"]);
      assert.deepEqual(stages.slice(-3), ["start", "log", "end"]);
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

    it("finds a line that somebody left half typed", async () => {
      await start();
      const visitor = await visit();
      await visitor.console.send(`require("Storage").write("a","half`);
      await visitor.disconnect();
      await run({ board: program, code: marked("whole"), detach: true });
      assert.equal(await said(/this is/), "this is whole");
    });

    it("sends again what the console lost", async () => {
      await start();
      let lost = 0;
      bench.bed.tamper = (bytes) => {
        if (!bytes.includes(".write(") || lost === 2) return bytes;
        lost++;
        return bytes.slice(0, 100) + bytes.slice(110);
      };
      await run({ board: program, code: marked("whole"), detach: true });
      assert.equal(lost, 2);
      assert.equal(await said(/this is/), "this is whole");
    });

    it("refuses an Espruino that is too old, and writes nothing", async () => {
      await start({ env: { VERSION: "2v08" } });
      const { exitCode, line } = await refusal(run(whole()));
      assert.equal(exitCode, EXIT.BOARD);
      assert.match(line, /Espruino 2v08 on it is too old: 2v29 is needed/);
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
      const config = JSON.stringify({ ...bench.bed.config, sensors: [{ type: "ds18b20", pin: "D4" }] });
      assert.match((await refusal(run({ board: program, config }))).line, /has no program of ristretto's/);
      await run(whole());
      const words = { board: program, config, words: ["ds18b20", "nonsense"] } as const;
      const { exitCode, line } = await refusal(run(words));
      assert.equal(exitCode, EXIT.CONFIGURATION);
      assert.match(line, /was built without nonsense\./);
    });

    it("tells what the board says against its configuration", async () => {
      await start();
      const plan = { ...whole(), config: JSON.stringify({ ...bench.bed.config, period: 0 }) };
      const { exitCode, line } = await refusal(run(plan));
      assert.equal(exitCode, EXIT.CONFIGURATION);
      assert.match(
        line,
        /refuses its configuration: period: must be a whole number from 1 to 86400\. Correct it/,
      );
    });

    it("tells what a node waits for that gets no reading through", async () => {
      await start();
      const config = JSON.stringify({ ...bench.bed.config, broker: { host: "127.0.0.1", port: 1 } });
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
  });
}

for (const kind of ["ESP32", "ESP8266"] as const) tell(`a simulated ${kind}`, undefined, kind);
withProgram("upload to the interpreter", espruino, false, (path) => {
  tell("the interpreter as ESP8266", path, "ESP8266");
});
