/** The TCP link of the built module on both simulated boards, held to the contract of src/link.ts. */
import assert from "node:assert/strict";
import { onBothBoards } from "../../support/module-world.ts";
import type { ModuleBench } from "../../support/module-world.ts";
import { createLink, dial, HOST, leaveWifi, listen, withoutDrains } from "./dial.ts";
import type { Dialled } from "./dial.ts";

/** The ways in which an attempt fails: what is done before, where it goes, what it reports and within which time. */
const FAILURES: Array<{
  what: string;
  before?: (bench: ModuleBench) => unknown;
  to?: { host?: string; port?: number };
  reason: string;
  within?: number;
}> = [
  { what: "a port where nothing listens", to: { port: 8 }, reason: "0xc1" },
  { what: "a refusing host", before: ({ world }) => world.network.refuse(HOST, 7, true), reason: "0xc1" },
  { what: "a host that is not there", to: { host: "10.9.9.9" }, reason: "0xc1", within: 19_000 },
  { what: "a name that nobody knows", to: { host: "nowhere" }, reason: "0xc0" },
  {
    what: "a name when the name server is silent",
    before: ({ world }) => (world.accessPoint.up = false),
    to: { host: "nowhere" },
    reason: "0xc0",
    within: 4100,
  },
  { what: "no Wi-Fi", before: leaveWifi, reason: "0xc4" },
  { what: "no Wi-Fi and a dotted address", before: leaveWifi, to: { host: "10.0.0.1" }, reason: "0xc4" },
];

describe("the TCP link", () => {
  onBothBoards("carries bytes both ways, any of them, in order", async (start) => {
    const bench = await start();
    const heard = listen(bench, (peer) => peer.write("\xff\0hello"));
    const dialled = dial(createLink(bench), {
      onOpen() {
        dialled.link.write("a\x80");
        dialled.link.write("\0b");
      },
    });
    await bench.world.runFor(100);
    assert.equal(heard.text, "a\x80\0b");
    assert.deepEqual(withoutDrains(dialled), ["open", "data \xff\0hello"]);
  });

  for (const { what, before, to, reason, within = 50 } of FAILURES) {
    onBothBoards(`reports ${what} once, as ${reason}, and can be opened again`, async (start) => {
      const bench = await start();
      listen(bench);
      await before?.(bench);
      const first = dial(createLink(bench), to);
      await bench.world.runFor(within);
      assert.deepEqual(first.log, [`close ${reason}`]);
      first.link.close();
      await bench.world.runFor(5000);
      assert.deepEqual(first.log, [`close ${reason}`]);
      bench.world.network.refuse(HOST, 7, false);
      bench.world.accessPoint.up = true;
      bench.run('require("Wifi").connect("home", { password: "secret" })');
      await bench.world.runFor(10_000);
      const second = dial(first.link);
      await bench.world.runFor(100);
      assert.deepEqual(withoutDrains(second), ["open"]);
    });
  }

  onBothBoards("reports that there is no socket left as 0xc1; ESP8266 has ten", async (start, kind) => {
    const bench = await start();
    listen(bench);
    bench.run('for (var i = 0; i < 10; i++) require("net").connect({ host: "peer", port: 7 })');
    const dialled = dial(createLink(bench));
    await bench.world.runFor(1000);
    assert.deepEqual(withoutDrains(dialled), [kind === "ESP8266" ? "close 0xc1" : "open"]);
  });

  onBothBoards("reports a shortage when there is room for it, or when it is told to close", async (start) => {
    const bench = await start();
    listen(bench);
    const dialled = dial(createLink(bench));
    const run = (): Promise<unknown> => bench.world.runFor(100);
    await run();
    bench.board.freeVariables = 59;
    bench.board.raiseErrorFlag("MEMORY");
    await run();
    assert.equal(dialled.link.isIntact!(), false);
    assert.deepEqual(withoutDrains(dialled), ["open"]);
    bench.board.freeVariables = 60;
    assert.equal(dialled.link.isIntact!(), false);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0x97"]);
    const again = dial(dialled.link);
    await run();
    bench.board.freeVariables = 0;
    bench.board.raiseErrorFlag("MEMORY");
    await run();
    assert.equal(again.link.isIntact!(), false);
    again.link.close();
    await bench.world.runFor(2500);
    assert.deepEqual(withoutDrains(again), ["open", "close 0x97"]);
  });

  onBothBoards("ends at once when memory runs out, as 0x97, and opens again", async (start) => {
    const bench = await start();
    const heard = listen(bench);
    const dialled = dial(createLink(bench));
    await bench.world.runFor(100);
    for (const flag of ["FIFO_FULL", "LOW_MEMORY", "CALLBACK"]) bench.board.raiseErrorFlag(flag);
    await bench.world.runFor(100);
    assert.equal(dialled.link.isIntact!(), true);
    bench.board.raiseErrorFlag("MEMORY");
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0x97"]);
    assert.equal(dialled.link.isIntact!(), true);
    const again = dial(dialled.link);
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(again), ["open"]);
    assert.equal(heard.peers.length, 2);
  });

  for (const how of ["end", "reset", "cut"] as const) {
    onBothBoards(`reports a connection that ends by ${how} once, as 0xc3`, async (start) => {
      const bench = await start();
      const heard = listen(bench);
      const dialled = dial(createLink(bench));
      await bench.world.runFor(100);
      if (how === "cut") bench.world.network.cut();
      else heard.peers[0]![how]();
      await bench.world.runFor(10_000);
      assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
    });

    onBothBoards(
      `reports a connection that ends by ${how} with bytes to send once, as 0xc3`,
      async (start) => {
        const bench = await start();
        const heard = listen(bench);
        const dialled = dial(createLink(bench));
        await bench.world.runFor(100);
        dialled.link.write("x".repeat(20_000));
        await bench.world.runFor(3);
        if (how === "cut") bench.world.network.cut();
        else heard.peers[0]![how]();
        await bench.world.runFor(10_000);
        assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
      },
    );
  }

  onBothBoards("delivers what came before the end, and then the end", async (start) => {
    const bench = await start();
    listen(bench, (peer) => {
      peer.write("last words");
      peer.end();
    });
    const dialled = dial(createLink(bench));
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(dialled), ["open", "data last words", "close 0xc3"]);
  });

  onBothBoards("loses nothing of what comes before the board says that it is connected", async (start) => {
    const bench = await start();
    listen(bench, (peer) => peer.write("x".repeat(2000)));
    const { log } = dial(createLink(bench));
    // An ESP32 that waits for its bus meanwhile finds all of it there, and delivers before it tells of the connection.
    bench.board.i2c.stuck = true;
    bench.run("I2C1.setup({}); try { I2C1.writeTo(8, [0]) } catch (error) {}");
    await bench.world.runFor(2000);
    assert.equal(log[0], "open");
    const pieces = log.filter((line) => line.startsWith("data "));
    assert.equal(pieces.map((piece) => piece.slice(5)).join(""), "x".repeat(2000));
  });

  onBothBoards("reports a drain only once it is open, and one after all was sent", async (start) => {
    const bench = await start();
    const heard = listen(bench, (peer) => peer.write("early"));
    const { link, log } = dial(createLink(bench));
    await bench.world.runFor(100);
    assert.equal(log[0], "open");
    log.length = 0;
    link.write("x".repeat(2000));
    assert.deepEqual(log, []);
    await bench.world.runFor(100);
    assert.deepEqual(log, ["drain"]);
    assert.equal(heard.text.length, 2000);
  });
});

describe("closing the TCP link", () => {
  onBothBoards(
    "ends a connection once, after what was written, however often it is asked to",
    async (start) => {
      const bench = await start();
      const heard = listen(bench);
      const dialled = dial(createLink(bench));
      await bench.world.runFor(100);
      dialled.link.write("x".repeat(1000));
      dialled.link.close();
      dialled.link.close();
      await bench.world.runFor(100);
      dialled.link.close();
      await bench.world.runFor(10_000);
      assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
      assert.equal(heard.text.length, 1000);
      assert.equal(bench.world.network.connections.length, 0);
    },
  );

  onBothBoards("is harmless when there is nothing to close", async (start) => {
    const bench = await start();
    listen(bench);
    const link = createLink(bench);
    link.close();
    const dialled = dial(link);
    await bench.world.runFor(5000);
    assert.deepEqual(withoutDrains(dialled), ["open"]);
  });

  for (const delay of [0, 1, 500, 1500]) {
    onBothBoards(`calls an attempt off after ${delay} ms, and nothing opens later`, async (start, kind) => {
      const bench = await start();
      listen(bench);
      // ESP32 does not come back from open before the answer is there.
      bench.world.network.latency = kind === "ESP32" ? 0 : 1000;
      const { link, log } = dial(createLink(bench));
      if (kind === "ESP8266") await bench.world.runFor(delay);
      link.close();
      await bench.world.runFor(10_000);
      assert.deepEqual(log, ["close 0xc1"]);
      assert.equal(bench.world.network.connections.length, 0);
    });
  }

  onBothBoards("calls an attempt into a silent network off", async (start, kind) => {
    const bench = await start();
    listen(bench);
    bench.world.network.silence(true);
    const { link, log } = dial(createLink(bench));
    await bench.world.runFor(60_000);
    assert.deepEqual(log, kind === "ESP32" ? ["close 0xc1"] : []);
    link.close();
    await bench.world.runFor(10);
    assert.deepEqual(log, ["close 0xc1"]);
  });

  onBothBoards("is heard while a failure is on its way, and changes nothing", async (start) => {
    const bench = await start();
    await leaveWifi(bench);
    const { link, log } = dial(createLink(bench));
    link.close();
    await bench.world.runFor(5000);
    assert.deepEqual(log, ["close 0xc4"]);
  });

  onBothBoards("ends a socket whose peer takes nothing within two seconds", async (start) => {
    const bench = await start();
    listen(bench);
    const dialled = dial(createLink(bench));
    await bench.world.runFor(100);
    bench.world.network.silence(true);
    dialled.link.write("x".repeat(20_000));
    await bench.world.runFor(1000);
    dialled.link.close();
    await bench.world.runFor(1900);
    assert.deepEqual(withoutDrains(dialled), ["open"]);
    await bench.world.runFor(200);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
    bench.world.network.silence(false);
    await bench.world.runFor(10_000);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
    assert.equal(bench.world.network.connections.length, 0, "the socket itself stays");
  });

  onBothBoards("of a stuck socket leaves the connection after it alone", async (start) => {
    const bench = await start();
    const heard = listen(bench);
    let second: Dialled | undefined;
    const first = dial(createLink(bench), { onClose: () => (second = dial(first.link)) });
    await bench.world.runFor(100);
    bench.world.network.silence(true);
    first.link.write("old".repeat(5000));
    await bench.world.runFor(100);
    first.link.close();
    await bench.world.runFor(1000);
    first.link.close();
    bench.world.network.silence(false);
    await bench.world.runFor(10_000);
    assert.deepEqual(withoutDrains(first), ["open", "close 0xc3"]);
    assert.deepEqual(withoutDrains(second!), ["open"]);
    heard.peers.at(-1)!.write("new");
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(second!), ["open", "data new"]);
  });

  onBothBoards("ends a connection whose Wi-Fi has gone, which no board reports", async (start) => {
    const bench = await start();
    listen(bench);
    const dialled = dial(createLink(bench));
    await bench.world.runFor(100);
    bench.world.accessPoint.up = false;
    dialled.link.write("into nothing".repeat(1000));
    await bench.world.runFor(60_000);
    assert.deepEqual(withoutDrains(dialled), ["open"]);
    dialled.link.close();
    await bench.world.runFor(2100);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
  });
});
