/**
 * The firmware of ESP32 with TLS on the real interpreter, whose code for it is ESP32's: against mosquitto, and against what is
 * none. An interpreter with an ESP8266's memory has no room for it.
 */
import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import type { MqttClient } from "mqtt";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import type { Broker } from "../support/aedes.ts";
import type { Bed } from "../support/bed.ts";
import { startMosquitto } from "../support/brokers.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, mosquitto, withProgram } from "../support/engines.ts";
import { createInterpreterBed, LONGEST } from "../support/interpreter-bed.ts";
import { BASE, nodeOptions, printed } from "../support/node-bed.ts";
import { createTlsBench, deviceCertificates, startTlsMosquitto } from "../support/tls-bench.ts";
import type { TlsBench } from "../support/tls-bench.ts";
import { asOptions, listenPlain, listenTls } from "../support/tls-server.ts";
import type { Identity } from "../../tools/authority.ts";

/** What the engine says of a handshake that fails, beside the firmware's own line. */
const ENGINE = /mbedtls_ssl_handshake returned/;
const NO_TLS = /^MQTT: no TLS there, or the broker refuses broker\.tls; next attempt in \d+ s$/;

/** Milliseconds after which something that was to arrive is believed not to. */
const PATIENCE = 60_000;

/** Variables that TLS takes on the interpreter; on a board they come from another heap. */
const ENOUGH = 4000;

withProgram("TLS on the interpreter", espruino, false, (path) => {
  let bench: TlsBench;
  let bed: Bed | undefined;
  const brokers: Array<{ stop(): unknown }> = [];

  before(async function () {
    const interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    interpreter.close();
    if (Number(total) < ENOUGH) {
      console.log(`    skipped: ${total} variables are too few for TLS`);
      return this.skip();
    }
    bench = await createTlsBench();
  });
  beforeEach(function () {
    this.currentTest!.timeout(LONGEST);
  });
  afterEach(async () => {
    await bed?.close();
    bed = undefined;
    for (const broker of brokers.splice(0)) await broker.stop();
  });

  /** The node with this `broker.tls`, told to go to that port. */
  async function start(port: number, tls: unknown): Promise<Bed> {
    const broker = { host: "127.0.0.1", port, tls };
    const options = nodeOptions("ESP32", { settings: { broker }, throws: ENGINE });
    bed = await createInterpreterBed(path, options);
    return bed;
  }

  const shown = (identity: Identity): object => deviceCertificates(identity);

  /**
   * Lines of ours about the broker. Now and then the interpreter for Linux has no piece of memory that is
   * long enough for an attempt: boards give TLS another heap.
   */
  const said = ({ console: lines }: Bed): string[] =>
    lines.filter(
      (line) => line.startsWith("MQTT: ") && !line.startsWith("MQTT: out of memory; next attempt"),
    );

  withProgram("with mosquitto", mosquitto, true, (program) => {
    async function serve(strict: boolean): Promise<Broker> {
      const broker = await startTlsMosquitto(program, bench, strict);
      brokers.push(broker);
      return broker;
    }

    /** What an independent client hears, with a certificate that is all right. */
    async function watch({
      port,
    }: Broker): Promise<{ hears(text: string): Promise<void>; client: MqttClient }> {
      const { authority, own } = bench;
      const client = await connectAsync({
        ...{ host: "127.0.0.1", port, protocol: "mqtts", ...own, ca: authority.cert },
        rejectUnauthorized: false,
      });
      const heard: string[] = [];
      const waiting = new Set<() => void>();
      client.on("message", (topic, payload) => {
        heard.push(`${topic.slice(BASE.length + 1)} ${payload.toString()}`);
        for (const look of waiting) look();
      });
      const hears = (text: string): Promise<void> =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(
            () => reject(new Error(`not heard: ${text}, but ${heard.join(", ")}`)),
            PATIENCE,
          );
          const look = (): void => {
            if (!heard.some((line) => line.startsWith(text))) return;
            clearTimeout(timer);
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        });
      await client.subscribeAsync(`${BASE}/#`, { qos: 1 });
      brokers.unshift({ stop: () => client.endAsync(true) });
      return { hears, client };
    }

    it("publishes to a broker whose certificate expired and has another name, and says once that nobody is verified", async () => {
      const broker = await serve(false);
      const { hears, client } = await watch(broker);
      const node = await start(broker.port, true);
      await hears("diag ");
      await client.publishAsync(`${BASE}/cmd/read`, "");
      await hears('cmd/result {"command":"read","ok":true}');
      for (const text of ["status online", 'state {"temperature"']) await hears(text);
      const warnings = node.console.filter((line) => line.startsWith("TLS: "));
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /verifies nobody/);
    });

    it("shows the certificate that the broker wants", async () => {
      const broker = await serve(true);
      const { hears } = await watch(broker);
      await start(broker.port, shown(bench.own));
      await hears("status online");
    });

    for (const [what, tls] of [
      ["no certificate", () => true],
      ["one that others signed", () => shown(bench.stranger)],
      ["one that expired", () => shown(bench.expired)],
      ["the key of another", () => shown(bench.mixed)],
    ] as const) {
      it(`is refused with ${what}: one line, without secrets, and tries again`, async () => {
        const broker = await serve(true);
        const node = await start(broker.port, tls());
        await printed(node, "MQTT: no TLS", 0, 2);
        for (const line of said(node)) assert.match(line, NO_TLS);
        const text = node.console.join();
        for (const secret of Object.values(shown(bench.own)))
          assert.ok(!text.includes((secret as string).slice(0, 40)));
      });
    }

    it("says that a port without TLS has none", async () => {
      const broker = await startMosquitto(program, "allow_anonymous true");
      brokers.push(broker);
      const node = await start(broker.port, true);
      assert.match(await printed(node, "MQTT: "), NO_TLS);
    });

    it("says, without TLS at a port that has it, that it is none of MQTT", async () => {
      const broker = await serve(false);
      const node = await start(broker.port, false);
      assert.match(
        await printed(node, "MQTT: "),
        /^MQTT: (the broker broke the protocol; is that port MQTT\?|the connection was lost);/,
      );
    });
  });

  it("says that there was no answer in time where a handshake never ends, and tries again", async () => {
    let connections = 0;
    const server = await listenPlain((socket) => {
      connections++;
      socket.resume();
    });
    brokers.push({ stop: server.close });
    const node = await start(server.port, true);
    assert.match(
      await printed(node, "MQTT: "),
      /^MQTT: no answer in time; is that port MQTT\?; next attempt in \d+ s$/,
    );
    await node.until(() => connections === 2);
  });

  it("names a certificate that the engine cannot read at each attempt, not the broker", async () => {
    const server = await listenTls(bench.broker, () => undefined);
    brokers.push({ stop: server.close });
    const garbled = "M" + "A".repeat(199);
    const node = await start(server.port, { cert: garbled, key: garbled });
    assert.match(await printed(node, "MQTT: "), NO_TLS);
  });

  it("gives back every variable of 200 connections, and of 20 handshakes that failed", async function () {
    this.timeout(300_000);
    // Each says what it heard and hangs up: what the link closes itself it holds for two seconds. Now and then the engine has
    // no piece of memory that is long enough (0x97): boards give TLS another heap.
    const server = await listenTls(bench.broker, (socket) => {
      socket.on("data", (bytes: Buffer) => void socket.end(bytes));
    });
    const plain = await listenPlain((socket) => {
      socket.on("data", () => void socket.end());
    });
    brokers.push({ stop: server.close }, { stop: plain.close });
    const interpreter: Interpreter = createInterpreter(path);
    try {
      await interpreter.store("ristretto", bundle("ristretto-functions-tls.min.js"));
      const [line] = await interpreter.run(
        // Counters begin where a number takes a variable of its own.
        `Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });
        process.on("uncaughtException", function () {});
        var link = require("ristretto").createTlsLink({ ${asOptions(bench.own)} });
        var rounds = 1e6, heard = 1e6, lost = 1e6, failed = 1e6, others = 1e6, before = 1e6, after = 1e6;
        var handlers = {
          onOpen: function () { link.write("echo"); },
          onData: function (bytes) { if (bytes === "echo") heard++; },
          onDrain: function () {},
          onClose: function (reason) {
            if (reason === 0xC3) lost++;
            else if (reason === 0xC8) failed++;
            else if (reason !== 0x97) others++;
            rounds++;
            if (reason === 0xC3) after = process.memory().usage;
            if (lost === 1000010) before = after + 0;
            if (lost < 1000210) setTimeout(open, 1);
            else print("# " + [after - before, heard - 1e6, failed > 1000015, others - 1e6].join(" ") + "\\n# end");
          }
        };
        function open() { link.open({ host: "127.0.0.1", port: rounds % 11 === 5 ? ${plain.port} : ${server.port} }, handlers); }
        open();`,
        "# end",
      );
      const [growth, ...others] = line!.split(" ");
      assert.ok(Number(growth) <= 0, `${growth} variables`);
      assert.deepEqual(others, ["210", "true", "0"]);
    } finally {
      interpreter.close();
    }
  });
});
