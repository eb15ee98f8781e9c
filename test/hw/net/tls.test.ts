/** The TLS link of the built module on the simulated ESP32, held to the contract of src/link.ts. */
import assert from "node:assert/strict";
import type { Peer, TlsServer } from "../../../sim/world.ts";
import { bundle } from "../../support/bundles.ts";
import { createAuthority } from "../../../tools/authority.ts";
import { onBothBoards } from "../../support/module-world.ts";
import type { ModuleBench, Start } from "../../support/module-world.ts";
import { asOptions } from "../../support/tls-server.ts";
import type { Link } from "../../../src/link.ts";
import { dial, HOST, leaveWifi, listen, withoutDrains } from "./dial.ts";
import type { Dialled, Heard } from "./dial.ts";

/** What the engine says of each handshake that fails, whatever a program does. */
const ENGINE = /^InternalError: mbedtls_ssl_handshake returned -0x/;

const onEsp32 = (title: string, body: (start: Start) => Promise<void>): void =>
  onBothBoards(title, body, { kinds: ["ESP32"], thrown: ENGINE });

/** A link that shows these certificates. */
function createLink({ board, run }: ModuleBench, certificates = ""): Link {
  board.storage.set("ristretto-functions-tls", bundle("ristretto-functions-tls.min.js"));
  return run(`require("ristretto-functions-tls").createTlsLink({ ${certificates} })`) as Link;
}

/** A client speaks first. */
const greeting = (link: () => Link) => ({ onOpen: () => void link().write("hello") });

/** Dials, and writes as soon as it is told to be open. */
function greet(link: Link, to: object = {}): Dialled {
  return dial(link, { ...to, ...greeting(() => link) });
}

/** Has a server without TLS listen at plain:7, which does this when it hears something. */
const plain =
  (answer: (peer: Peer) => void) =>
  ({ world }: ModuleBench): unknown =>
    world.network.listen("plain", 7, (peer) => {
      peer.onData = () => {
        answer(peer);
      };
    });

const NOBODY: TlsServer = { admit: () => false };

/** The ways in which an attempt fails: what is done before, where it goes, what it reports and within which time. */
const FAILURES: Array<{
  what: string;
  before?: (bench: ModuleBench) => unknown;
  to?: { host?: string; port?: number };
  log: string[];
  within?: number;
  certificates?: string;
}> = [
  { what: "a port where nothing listens", to: { port: 8 }, log: ["close 0xc1"] },
  { what: "a host that is not there", to: { host: "10.9.9.9" }, log: ["close 0xc1"], within: 19_000 },
  { what: "a name that nobody knows", to: { host: "nowhere" }, log: ["close 0xc0"] },
  { what: "no Wi-Fi", before: leaveWifi, log: ["close 0xc4"] },
  {
    what: "a server that refuses its certificate",
    before: ({ world }) => world.network.listen("strict", 7, () => undefined, NOBODY),
    to: { host: "strict" },
    log: ["open", "close 0xc8"],
  },
  {
    what: "a server without TLS that hangs up",
    before: plain((peer) => {
      peer.end();
    }),
    to: { host: "plain" },
    log: ["open", "close 0xc8"],
  },
  {
    what: "a server without TLS that answers",
    before: plain((peer) => {
      peer.write("what?");
    }),
    to: { host: "plain" },
    log: ["open", "close 0xc8"],
  },
  {
    what: "a cut in the middle of the handshake",
    before({ world }) {
      world.network.listen("peer2", 7, () => undefined, {});
      world.clock.setTimeout(() => {
        world.network.cut();
      }, 4);
    },
    to: { host: "peer2" },
    log: ["open", "close 0xc8"],
  },
  { what: "a key that it cannot read", certificates: 'key: "no key"', log: ["close 0xc8"] },
  { what: "a certificate that it cannot read", certificates: 'cert: "none"', log: ["close 0xc8"] },
];

describe("the TLS link", () => {
  onEsp32(
    "is open when TCP stands; what is written then arrives after the handshake, and nothing before",
    async (start) => {
      const bench = await start();
      const heard = listen(bench, (peer) => peer.write("\xff\0hello"), {});
      bench.world.network.latency = 10;
      const link = createLink(bench);
      const dialled = dial(link, {
        onOpen() {
          link.write("a\x80");
          link.write("\0b");
        },
      });
      await bench.world.runFor(25);
      assert.deepEqual(dialled.log, ["open"]);
      assert.equal(heard.peers.length, 0);
      await bench.world.runFor(100);
      assert.equal(heard.text, "a\x80\0b");
      assert.deepEqual(withoutDrains(dialled), ["open", "data \xff\0hello"]);
    },
  );

  for (const { what, before, to, log, within = 50, certificates } of FAILURES) {
    onEsp32(`reports ${what} once, as ${log.at(-1)!}, and can be opened again`, async (start) => {
      const bench = await start();
      listen(bench, undefined, {});
      await before?.(bench);
      const link = createLink(bench, certificates);
      const first = greet(link, to);
      await bench.world.runFor(within);
      assert.deepEqual(withoutDrains(first), log);
      link.close();
      await bench.world.runFor(5000);
      assert.deepEqual(withoutDrains(first), log);
      bench.run('require("Wifi").connect("home", { password: "secret" })');
      await bench.world.runFor(10_000);
      const second = greet(link);
      await bench.world.runFor(100);
      assert.deepEqual(withoutDrains(second), certificates ? log : ["open"]);
    });
  }

  onEsp32("tells a key that it cannot read from a port where nothing listens", async (start) => {
    const bench = await start();
    listen(bench, undefined, {});
    const dialled = greet(createLink(bench, 'key: "no key"'), { port: 8 });
    await bench.world.runFor(100);
    assert.deepEqual(dialled.log, ["close 0xc1"]);
  });

  onEsp32("shows its certificate", async (start) => {
    const bench = await start();
    const shown: unknown[] = [];
    const admit: TlsServer["admit"] = (certificate) => shown.push(certificate?.subject) > 0;
    listen(bench, undefined, { admit });
    const own = await (await createAuthority()).issue("board");
    greet(createLink(bench, asOptions(own)));
    await bench.world.runFor(100);
    assert.deepEqual(shown, ["CN=board"]);
  });

  for (const how of ["end", "reset", "cut"] as const) {
    onEsp32(
      `reports a connection that ends by ${how} after the handshake as 0xc3, with bytes unsent too`,
      async (start) => {
        for (const unsent of ["", "x".repeat(20_000)]) {
          const bench = await start();
          const heard = listen(bench, undefined, {});
          const link = createLink(bench);
          const dialled = greet(link);
          await bench.world.runFor(100);
          if (unsent) link.write(unsent);
          if (how === "cut") bench.world.network.cut();
          else heard.peers[0]![how]();
          await bench.world.runFor(10_000);
          assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
        }
      },
    );
  }

  onEsp32(
    "ends a handshake that is stuck within two seconds of close(), and takes bytes until then",
    async (start) => {
      const bench = await start();
      bench.world.network.listen(HOST, 7, () => undefined); // never answers
      const link = createLink(bench);
      const dialled = greet(link);
      await bench.world.runFor(60_000);
      assert.deepEqual(dialled.log, ["open"]);
      link.close();
      link.write("too late");
      await bench.world.runFor(1900);
      assert.deepEqual(dialled.log, ["open"]);
      await bench.world.runFor(200);
      assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
      assert.equal(bench.world.network.connections.length, 0);
    },
  );

  onEsp32("takes bytes until it reports the end, though its socket ended already", async (start) => {
    const bench = await start();
    const heard = listen(bench, undefined, {});
    const link = createLink(bench);
    let isEnding = false;
    const dialled = dial(link, { ...greeting(() => link), onDrain: () => isEnding && link.write("more") });
    await bench.world.runFor(100);
    heard.peers[0]!.end();
    await bench.world.runUntil(() => bench.world.network.connections[0]?.remote === "ended");
    isEnding = true;
    link.write("all that is sent in the pass in which the end is seen");
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
  });

  onEsp32("opened and closed a hundred times, leaves nothing behind", async (start) => {
    const bench = await start();
    listen(bench, undefined, {});
    const link = createLink(bench);
    for (let round = 0; round < 100; round++) {
      const dialled = greet(link);
      await bench.world.runFor(20);
      link.close();
      await bench.world.runFor(20);
      assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
    }
    assert.equal(bench.world.network.connections.length, 0);
  });
});

/** One thing that happens to a link, its board or its network. */
type Step = (
  bench: ModuleBench,
  heard: Heard,
  state: { link: Link; current: Dialled; server: TlsServer },
) => void;

const isOver = ({ log }: Dialled): boolean => log.some((line) => line.startsWith("close"));
const isOpen = (dialled: Dialled): boolean => dialled.log.includes("open") && !isOver(dialled);

const STEPS: Record<string, Step> = {
  write: (_bench, _heard, { link, current }) => isOpen(current) && link.write("x".repeat(700)),
  close: (_bench, _heard, { link }) => {
    link.close();
  },
  "peer writes": (_bench, heard) => heard.peers.at(-1)?.write("y".repeat(900)),
  "peer ends": (_bench, heard) => heard.peers.at(-1)?.end(),
  "peer resets": (_bench, heard) => heard.peers.at(-1)?.reset(),
  cut: ({ world }) => {
    world.network.cut();
  },
  silence: ({ world }) => {
    world.network.silence(true);
  },
  noise: ({ world }) => {
    world.network.silence(false);
  },
  "server refuses": (_bench, _heard, { server }) => void (server.admit = () => false),
  "server admits": (_bench, _heard, { server }) => void delete server.admit,
  "Wi-Fi goes": ({ run }) => run('require("Wifi").disconnect()'),
  "Wi-Fi comes": ({ run }) => run('require("Wifi").connect("home", { password: "secret" })'),
};

describe("the TLS link, whatever happens", () => {
  for (let seed = 1; seed <= 20; seed++) {
    onBothBoards(
      `keeps its contract (course ${seed})`,
      async (start) => {
        const bench = await start({}, seed);
        const server: TlsServer = {};
        const heard = listen(bench, undefined, server);
        const link = createLink(bench);
        const names = Object.keys(STEPS);
        const course: string[] = [];
        const state = { link, server, current: greet(link) };
        const all = [state.current];
        for (let step = 0; step < 60; step++) {
          const name = names[Math.floor(bench.world.random() * names.length)]!;
          course.push(name);
          STEPS[name]!(bench, heard, state);
          await bench.world.runFor(Math.floor(bench.world.random() ** 3 * 3000));
          if (isOver(state.current)) all.push((state.current = greet(link)));
        }
        bench.world.network.silence(false);
        await bench.world.runFor(15_000);
        link.close();
        await bench.world.runFor(40_000);
        for (const { log } of all) {
          const words = log.map((line) => line.split(" ")[0]).join(" ");
          assert.match(words, /^(open( data| drain)* )?close$/, course.join(", "));
        }
        assert.equal(bench.world.network.connections.length, 0);
      },
      { kinds: ["ESP32"], thrown: ENGINE },
    );
  }
});
