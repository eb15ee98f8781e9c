/** The firmware with `broker.tls` on simulated boards: what it does, and what its console says where it cannot. */
import assert from "node:assert/strict";
import type { TlsServer } from "../../sim/world.ts";
import { createTlsBench, deviceCertificates } from "../support/tls-bench.ts";
import type { TlsBench } from "../support/tls-bench.ts";
import { STOPPED } from "../support/mistakes.ts";
import { BOARD_KINDS, withNodes } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";
import { createServerOn } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

const NO_TLS = /^MQTT: no TLS there, or the broker refuses broker\.tls; next attempt in \d+ s$/;
/** In base64, and long enough for the board not to look further. */
const SOMETHING = "M" + "A".repeat(199);

/** A scripted server with TLS at broker:8883. */
function serve({ world }: NodeBench, tls: TlsServer = {}): ScriptedServer {
  return createServerOn((accept) => world.network.listen("broker", 8883, accept, tls));
}

/** Forgets what the engine says of handshakes that fail; everything else it must not throw. */
function expectThrown({ board }: NodeBench): void {
  const others = board.uncaught.filter((text) => !/mbedtls_ssl_handshake returned/.test(text));
  board.uncaught.length = 0;
  board.uncaught.push(...others);
}

withNodes("the firmware with broker.tls on an ESP32", (begin) => {
  let bench: TlsBench;
  before(async () => {
    bench = await createTlsBench();
  });

  const start = (tls: unknown, broker: object = {}): NodeBench =>
    begin("ESP32", { server: false, config: { broker: { tls, ...broker } } });

  const said = ({ board }: NodeBench, word: string): string[] =>
    board.console.filter((line) => line.startsWith(word));

  it("goes to port 8883 and publishes there; after each loss again, and says once that nobody is verified", async () => {
    const node = start(true);
    const server = serve(node);
    for (const connection of [1, 2, 3]) {
      const isTold = (): boolean =>
        !!server.connections[connection - 1]?.packets.some(
          (packet) => packet.cmd === "publish" && packet.topic.endsWith("/status"),
        );
      await node.world.runUntil(isTold);
      node.world.network.cut();
    }
    const [warning, ...more] = said(node, "TLS: ");
    assert.match(warning!, /verifies nobody.*private network.*access list.*client certificates/);
    assert.deepEqual(more, []);
  });

  it("shows its certificate, and its key to nobody", async () => {
    const node = start(deviceCertificates(bench.own));
    const shown: unknown[] = [];
    const server = serve(node, { admit: (certificate) => shown.push(certificate?.subject) > 0 });
    await node.world.runUntil(() => server.published().length > 0);
    assert.deepEqual(shown, ["CN=board"]);
    const text = [...node.board.console, ...server.published()].join();
    assert.ok(!text.includes(deviceCertificates(bench.own).key.slice(0, 40)));
  });

  it("goes without TLS where it is false, and to another port where there is one", async () => {
    const node = start(false, { port: 1884 });
    const plain = createServerOn((accept) => node.world.network.listen("broker", 1884, accept));
    await node.world.runUntil(() => plain.published().length > 0);
    assert.deepEqual(said(node, "TLS: "), []);
  });

  for (const [what, act] of [
    ["refuses its certificate", (node: NodeBench) => void serve(node, { admit: () => false })],
    [
      "has no TLS there",
      ({ world }: NodeBench) =>
        void world.network.listen("broker", 8883, (peer) => {
          peer.onData = () => {
            peer.end();
          };
        }),
    ],
  ] as const) {
    it(`says in one line that the broker ${what}, and tries again`, async () => {
      const node = start(true);
      act(node);
      await node.world.runUntil(() => said(node, "MQTT: ").length === 3);
      for (const line of said(node, "MQTT: ")) assert.match(line, NO_TLS);
      expectThrown(node);
    });
  }

  it("gives up on a handshake that never ends after its 30 s for a connection, and tries again", async () => {
    const node = start(true);
    let dialled = 0;
    let connections = 0;
    node.world.network.listen("broker", 8883, (peer) => {
      connections++;
      dialled ||= node.world.clock.now();
      peer.onData = () => undefined;
    });
    const line = await node.untilPrinted("MQTT: ");
    assert.match(line, /^MQTT: no answer in time; .*; next attempt in \d+ s$/);
    const took = node.world.clock.now() - dialled;
    assert.ok(took > 29_000 && took < 34_000, String(took));
    await node.world.runUntil(() => connections === 2);
  });

  it("says, without TLS at a port that has it, that this is no MQTT", async () => {
    const node = start(undefined, { port: 8883 });
    serve(node);
    assert.match(
      await node.untilPrinted("MQTT: "),
      /^MQTT: the broker broke the protocol; is that port MQTT\?/,
    );
  });

  for (const [what, tls, problem] of [
    ["a text", "yes", "tls: must be true, false or an object"],
    ["a number", 1, "tls: must be true, false or an object"],
    ["a misspelt member", { crt: SOMETHING }, "tls.crt: unknown; known are ca cert key"],
    [
      "PEM",
      { cert: "-----BEGIN CERTIFICATE-----" + SOMETHING },
      "tls.cert: must be DER in base64, as made of PEM on the host",
    ],
    ["the name of a file", { ca: "ca.pem" }, "tls.ca: must be DER in base64, as made of PEM on the host"],
    ["no text", { key: true }, "tls.key: must be DER in base64, as made of PEM on the host"],
    ["a certificate without its key", { cert: SOMETHING }, "tls.key: is needed with the other"],
    ["a key without its certificate", { key: SOMETHING }, "tls.cert: is needed with the other"],
  ] as const) {
    it(`does not start with ${what}, and says why`, async () => {
      const node = start(tls);
      await node.world.runFor(60_000);
      assert.deepEqual(node.board.console.slice(1), [`config.json: broker.${problem}`, STOPPED]);
    });
  }
});

withNodes("the firmware with broker.tls", (begin) => {
  it("does not start on an ESP8266, and says why", async () => {
    const node = begin("ESP8266", { server: false, config: { broker: { tls: true } } });
    await node.world.runFor(60_000);
    assert.deepEqual(node.board.console.slice(1), [
      "config.json: broker.tls: Espruino has none for ESP8266",
      STOPPED,
    ]);
    assert.equal(node.board.telnet, "on");
  });

  for (const kind of BOARD_KINDS)
    it(`false is none on an ${kind}`, async () => {
      const node = begin(kind, { config: { broker: { tls: false } } });
      await node.untilOnline();
    });
});
