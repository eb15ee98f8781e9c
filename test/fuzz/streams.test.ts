/**
 * Streams of a hostile server, mutations of valid ones and calls of a program in between, on the minified client: a referee
 * that knows the standard watches each. `FUZZ=1000000` runs as many, `SEED` begins elsewhere.
 */
import { spawn } from "node:child_process";

/** Streams of an ordinary run, by the version that is spoken. */
const STREAMS = { "3.1.1": 5000, "5.0": 2000 };
/** Milliseconds in which a slice is done unless the client hangs in it. */
const PATIENCE = 120_000;

/** Runs them in a process of their own, because what hangs in this one would take its clock along. */
function run(streams: number, seed: number, version: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "test/fuzz/run.ts", String(streams), String(seed), version],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let said = "";
    let hangs = false;
    const hang = (): void => {
      hangs = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(hang, PATIENCE);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      clearTimeout(timer);
      timer = setTimeout(hang, PATIENCE);
      said = (said + text).slice(-5000);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0 && said.includes(`${streams} streams`)) resolve();
      else reject(new Error(`${hangs ? "hangs in the slice behind these:\n" : ""}${said}`));
    });
  });
}

for (const [version, ordinary] of Object.entries(STREAMS)) {
  describe(`streams at ${version}`, () => {
    const streams = Number(process.env.FUZZ ?? ordinary);
    it(`of whatever bytes make the client neither throw, hang nor grow, and what breaks the protocol ends with its reason code (${streams})`, async function () {
      this.timeout(0);
      await run(streams, Number(process.env.SEED ?? 1), version);
    });
  });
}
