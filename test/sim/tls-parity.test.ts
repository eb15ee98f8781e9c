/**
 * TLS of the simulated ESP32 beside that of the interpreter for Linux, whose code for it is ESP32's: the same programs against
 * the same servers print the same.
 */
import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { createInterpreter } from "../../bench/interpreter.ts";
import { createAuthority } from "../../tools/authority.ts";
import type { Authority, Identity } from "../../tools/authority.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { asOptions, hangUp, listenPlain, listenTls, wanting } from "../support/tls-server.ts";
import type { Listening } from "../support/tls-server.ts";
import { closeWorlds, joined, makeWorld } from "./support.ts";

const DONE = "# DONE";
const PATIENCE = 20_000;

/** What the engine throws out of its idle loop: the interpreter is asked for it, the simulator shows it. */
const THROWN = /^Uncaught InternalError: /;

const program = (port: number, options = "", body = ""): string => `
function say(text) { print("# " + text); }
function done() { setTimeout(function () { print("${DONE}"); }, 200); }
if (process.on) process.on("uncaughtException", function (e) { say("thrown " + e.message); });
var s;
try {
  s = require("tls").connect({ host: "127.0.0.1", port: ${port}, ${options} }, function () {
    say("connect");
    s.write("echo");
  });
  s.on("data", function (d) { say("data " + d); if (d === "echo") s.end(); });
  s.on("drain", function () { say("drain " + (s.dSnd === "")); });
  s.on("error", function (e) { say("error " + e.code + " " + e.message); });
  s.on("end", function () { say("end"); });
  s.on("close", function (hadError) { say("close " + hadError); done(); });
} catch (e) {
  say("caught " + e.message);
  done();
}
${body}`;

async function simulate(code: string): Promise<string[]> {
  const world = makeWorld({ clock: "real" });
  const board = await joined(world, "ESP32");
  board.evaluate(code);
  await world.runUntil(() => board.console.includes(DONE), PATIENCE);
  return board.console
    .filter((line) => line !== DONE && (line.startsWith("# ") || THROWN.test(line)))
    .map((line) => line.replace(THROWN, "# thrown ").slice(2));
}

const FAILED = "thrown mbedtls_ssl_handshake returned";

/**
 * Up to the kernel is whether bytes come before or after an event that is queued; and with a handshake that fails, how much of
 * it fits into one pass of the idle loop, before 'connect' is told, and whether an alert or the end of TCP is seen first.
 */
function withoutChance(lines: string[]): string[] {
  if (lines.some((line) => line.startsWith(FAILED)))
    return lines
      .filter((line) => /^(end|close|thrown)/.test(line))
      .map((line) => line.replace(/ (true|false|-0x\w+)$/, ""));
  const isData = (line: string): boolean => line.startsWith("data");
  return [...lines.filter((line) => !isData(line)), ...lines.filter(isData)];
}

withProgram(
  "TLS on the simulator beside that of the interpreter that ESPRUINO names",
  espruino,
  false,
  (path) => {
    let authority: Authority;
    let broker: Identity;
    let stranger: Identity;
    const listening: Listening[] = [];
    let hasMemory = false;

    before(async () => {
      authority = await createAuthority();
      broker = await authority.issue("another.name", -1);
      stranger = await (await createAuthority()).issue("stranger");
      const interpreter = createInterpreter(path);
      const [total] = await interpreter.run('print("# " + process.memory().total)');
      interpreter.close();
      hasMemory = Number(total) > 1600;
      if (!hasMemory) console.log(`    skipped: ${total} variables are too few for TLS`);
    });
    afterEach(() => {
      closeWorlds();
      for (const { close } of listening.splice(0)) close();
    });

    /** Runs it on both and gives what both printed. */
    async function agreed(test: Mocha.Context, server: Listening, options?: string, body?: string) {
      listening.push(server);
      if (!hasMemory) return test.skip();
      const code = program(server.port, options, body);
      const interpreter = createInterpreter(path);
      try {
        const lines = await interpreter.run(code, DONE);
        const expected = withoutChance(lines.filter((line) => `# ${line}` !== DONE));
        assert.deepEqual(withoutChance(await simulate(code)), expected);
        return expected;
      } finally {
        interpreter.close();
      }
    }

    const echo = (socket: TLSSocket): void => {
      socket.on("data", (bytes: Buffer) => void socket.write(bytes));
    };

    it("tells 'connect' before the handshake, carries bytes after it, and takes an expired certificate of another name", async function () {
      const lines = await agreed(this, await listenTls(broker, echo));
      assert.deepEqual(lines, ["connect", "drain false", "drain true", "end", "close false", "data echo"]);
    });

    it("takes a wrong `ca` for as good as any", async function () {
      const lines = await agreed(this, await listenTls(broker, echo), asOptions({ ca: stranger.cert }));
      assert.ok(lines.includes("data echo"));
    });

    it("shows a client certificate to those who want one", async function () {
      const own = await authority.issue("board");
      const lines = await agreed(this, await listenTls(broker, echo, wanting(authority)), asOptions(own));
      assert.ok(lines.includes("data echo"));
    });

    it("is refused with the key of another certificate", async function () {
      const own = { cert: (await authority.issue("board")).cert, key: stranger.key };
      const lines = await agreed(this, await listenTls(broker, echo, wanting(authority)), asOptions(own));
      assert.deepEqual(lines, ["end", "close", FAILED]);
    });

    it("fails at a server that hangs up on what is no MQTT", async function () {
      const server = await listenPlain(hangUp);
      const lines = await agreed(this, server);
      assert.deepEqual(lines, ["end", "close", FAILED]);
    });

    it("throws out of `connect` what is no DER, PEM among it", async function () {
      const pem = JSON.stringify(stranger.cert);
      for (const options of [`cert: ${pem}`, `ca: ${pem}`, `key: ${JSON.stringify(stranger.key)}`]) {
        const server = await listenTls(broker, echo);
        const lines = await agreed(this, server, options);
        assert.match(lines.join(), /^caught HTTPS init failed! mbedtls_\w+( of '\w+')?: Invalid format$/);
      }
    });

    it("gives up on a server that never answers when what waits is thrown away", async function () {
      const server = await listenPlain(() => undefined);
      const body = `setTimeout(function () { say("unsent " + s.dSnd); s.end(); s.dSnd = ""; }, 300);`;
      const lines = await agreed(this, server, "", body);
      assert.deepEqual(lines, ["connect", "drain false", "unsent echo", "end", "close false"]);
    });
  },
);
