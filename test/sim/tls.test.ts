/** `require("tls")` of the simulated ESP32: in the simulated network, and over Node's TLS where TCP is real. */
import assert from "node:assert/strict";
import type { TLSSocket } from "node:tls";
import { generate } from "mqtt-packet";
import type { SimulatedBoard } from "../../sim/world.ts";
import { createAuthority } from "../../tools/authority.ts";
import type { Authority, Identity } from "../../tools/authority.ts";
import { asOptions, hangUp, listenPlain, listenTls, wanting } from "../support/tls-server.ts";
import type { Listening } from "../support/tls-server.ts";
import { closeWorlds, joined, makeWorld } from "./support.ts";

/** Opens a socket that prints its events with the time, and writes `text` once it is told to be connected. */
const dial = (host: string, port: number, options = "", text = "ping", module = "tls"): string => `
var began = getTime();
function at(event) { print(event + " at " + Math.round((getTime() - began) * 1000)); }
var s = require("${module}").connect({ host: "${host}", port: ${port}, ${options} }, function () {
  at("connect");
  s.write(${JSON.stringify(text)});
});
s.on("data", function (d) { at("data " + d); });
s.on("drain", function () { if (s.dSnd === "") at("drain"); });
s.on("error", function (e) { at("error " + e.code); });
s.on("close", function (hadError) { at("close " + hadError); });`;

const timeless = ({ console: lines }: SimulatedBoard): string[] =>
  lines.filter((line) => !line.startsWith("    at ")).map((line) => line.replace(/ at \d+$/, ""));

const FAILED = (code: string): string[] => [
  ...["connect", "error -8", "close true"],
  `Uncaught InternalError: mbedtls_ssl_handshake returned ${code}`,
];

describe("sim: TLS in the simulated network", () => {
  afterEach(closeWorlds);

  it("tells 'connect' after TCP, and carries what was written after two more round trips", async () => {
    const world = makeWorld();
    world.network.latency = 10;
    let heard = "";
    world.network.listen("broker", 8883, (peer) => (peer.onData = (b) => void (heard += b.toString())), {});
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883));
    await world.runFor(1000);
    assert.deepEqual(board.console, ["connect at 20", "drain at 60"]);
    assert.equal(heard, "ping");
    assert.deepEqual(board.uncaught, []);
  });

  it("gives a server its connection after the handshake, and both what the other sends", async () => {
    const world = makeWorld();
    world.network.listen("broker", 8883, (peer) => peer.write("welcome"), {});
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883));
    await world.runFor(1000);
    assert.deepEqual(timeless(board).sort(), ["connect", "data welcome", "drain"]);
  });

  it("lets a server judge the certificate that it is shown, and tells a refusal", async () => {
    const authority = await createAuthority();
    const own = await authority.issue("board");
    const world = makeWorld();
    const shown: string[] = [];
    let connections = 0;
    world.network.listen("broker", 8883, () => connections++, {
      admit(certificate) {
        shown.push(certificate?.subject ?? "none");
        return !!certificate;
      },
    });
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883, asOptions(own)));
    await world.runFor(1000);
    assert.deepEqual(timeless(board), ["connect", "drain"]);
    board.console.length = 0;
    for (const options of ["", asOptions({ cert: own.cert }), asOptions({ key: own.key })]) {
      board.evaluate(dial("broker", 8883, options));
      await world.runFor(1000);
      assert.deepEqual(timeless(board), FAILED("-0x7780"));
      board.console.length = 0;
    }
    assert.deepEqual(shown, ["CN=board", "none", "none", "none"]);
    assert.equal(connections, 1);
  });

  for (const [how, action, code] of [
    ["hangs up", "end", "-0x1"],
    ["resets", "reset", "-0x1"],
    ["answers in its own way", "write", "-0x7200"],
  ] as const) {
    it(`tells the failure at a server without TLS that ${how}`, async () => {
      const world = makeWorld();
      world.network.listen("broker", 1883, (peer) => {
        peer.onData = () => {
          peer[action]("220 smtp ready");
        };
      });
      const board = await joined(world, "ESP32");
      board.evaluate(dial("broker", 1883));
      await world.runFor(1000);
      assert.deepEqual(timeless(board), FAILED(code));
    });
  }

  it("has a server with TLS hang up on a board without, on both boards", async () => {
    for (const kind of ["ESP32", "ESP8266"] as const) {
      const world = makeWorld();
      let connections = 0;
      world.network.listen("broker", 8883, () => connections++, {});
      const board = await joined(world, kind);
      board.evaluate(dial("broker", 8883, "", generateConnect(), "net"));
      await world.runFor(1000);
      const lines = timeless(board);
      assert.equal(lines.at(-1), "close false");
      assert.ok(lines.some((line) => line.startsWith("data \x15\x03\x03")));
      assert.equal(connections, 0);
    }
  });

  it("waits for ever for a handshake that was silenced, until what waits is thrown away", async () => {
    const world = makeWorld();
    world.network.listen("broker", 8883, () => undefined, {});
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883));
    world.network.silence(true);
    await world.runFor(600_000);
    board.evaluate("s.end()");
    await world.runFor(600_000);
    assert.deepEqual(timeless(board), ["connect"]);
    board.evaluate('s.dSnd = ""');
    await world.runFor(10);
    assert.deepEqual(timeless(board), ["connect", "close false"]);
    assert.equal(world.network.connections.length, 0);
  });

  it("has MQTT packets judged as without TLS", async () => {
    const world = makeWorld();
    const seen: string[] = [];
    world.network.rule(({ packet }) => {
      seen.push(packet.cmd);
      return "pass";
    });
    world.network.listen("broker", 8883, (peer) => peer.write(Buffer.of(0x20, 2, 0, 0)), {});
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883, "", generateConnect()));
    await world.runFor(1000);
    assert.deepEqual(seen.sort(), ["connack", "connect"]);
  });

  it("leaves the connection open for good when it cannot read a key, as the engine does", async () => {
    const world = makeWorld();
    world.network.listen("broker", 8883, () => undefined, {});
    const board = await joined(world, "ESP32");
    board.evaluate(dial("broker", 8883, 'key: "of no use"'));
    await world.runFor(60_000);
    assert.match(
      board.uncaught.join(),
      /^InternalError: HTTPS init failed! mbedtls_pk_parse_key: Invalid format/,
    );
    assert.equal(world.network.connections.length, 1);
    board.powerOff();
    assert.equal(world.network.connections.length, 0);
  });

  it("is no module of an ESP8266", async () => {
    const world = makeWorld();
    const board = await joined(world, "ESP8266");
    assert.equal(board.evaluate('process.env.MODULES.indexOf("tls")'), -1);
    board.evaluate('require("tls")');
    assert.match(board.uncaught.join(), /^Error: Module "tls" not found/);
  });
});

/** A CONNECT as a byte string. */
function generateConnect(): string {
  const packet = { cmd: "connect", clientId: "c", protocolVersion: 4, clean: true, keepalive: 0 } as const;
  return generate(packet).toString("latin1");
}

describe("sim: TLS over real TCP", () => {
  const listening: Listening[] = [];
  let authority: Authority;
  let broker: Identity;
  const PATIENCE = 15_000;

  before(async () => {
    authority = await createAuthority();
    broker = await authority.issue("another.name", -1);
  });
  afterEach(() => {
    closeWorlds();
    for (const { close } of listening.splice(0)) close();
  });

  /** Dials the server and waits for the line. */
  async function dialled(server: Listening, line: string, options = ""): Promise<SimulatedBoard> {
    listening.push(server);
    const world = makeWorld({ clock: "real" });
    const board = await joined(world, "ESP32");
    board.evaluate(dial("127.0.0.1", server.port, options));
    await world.runUntil(() => timeless(board).some((text) => text.startsWith(line)), PATIENCE);
    return board;
  }

  it("takes an expired certificate of another name, and sends a constant for the server's name", async () => {
    const names: unknown[] = [];
    const server = await listenTls(broker, (socket) => socket.pipe(socket), {
      SNICallback(name, callback) {
        names.push(name);
        callback(null);
      },
    });
    const board = await dialled(server, "data");
    assert.deepEqual(timeless(board).sort(), ["connect", "data ping", "drain"]);
    assert.deepEqual(names, ["mbed TLS Server 1"]);
  });

  it("shows its certificate", async () => {
    const shown: string[] = [];
    const accept = (socket: TLSSocket): void => {
      shown.push(socket.getPeerCertificate().subject.CN as string);
      socket.write("hello");
    };
    const own = await authority.issue("board");
    await dialled(await listenTls(broker, accept, wanting(authority)), "data hello", asOptions(own));
    assert.deepEqual(shown, ["board"]);
  });

  it("is refused without one, and told so", async () => {
    const server = await listenTls(broker, () => undefined, wanting(authority));
    const board = await dialled(server, "Uncaught");
    assert.match(board.uncaught.join(), /^InternalError: mbedtls_ssl_handshake returned -0x(1|7780)/);
  });

  it("fails at a server without TLS", async () => {
    const server = await listenPlain(hangUp);
    assert.deepEqual(timeless(await dialled(server, "Uncaught")), FAILED("-0x1"));
  });

  it("ends the connection of a board that stops", async () => {
    let socket: TLSSocket | undefined;
    const server = await listenTls(broker, (accepted) => (socket = accepted.on("data", () => undefined)));
    const board = await dialled(server, "drain");
    const ended = new Promise((resolve) => socket!.once("close", resolve));
    board.powerOff({ link: "reset" });
    await ended;
  });
});
