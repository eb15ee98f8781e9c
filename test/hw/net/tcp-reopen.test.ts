/** The TCP link from one connection to the next, and whatever the board and the network do in between. */
import assert from "node:assert/strict";
import { onBothBoards } from "../../support/module-world.ts";
import type { ModuleBench } from "../../support/module-world.ts";
import { createLink, dial, leaveWifi, listen, withoutDrains } from "./dial.ts";
import type { Dialled, Heard } from "./dial.ts";

/** What ends a connection or an attempt. */
const ENDS: Array<{
  what: string;
  /** Before it is opened. */
  before?: (bench: ModuleBench) => unknown;
  /** When it stands. */
  after?: (bench: ModuleBench, heard: Heard, dialled: Dialled) => unknown;
}> = [
  { what: "a refusal", before: ({ world }) => world.network.refuse("peer", 7, true) },
  { what: "the loss of Wi-Fi before it", before: leaveWifi },
  { what: "a close in order", after: (_bench, heard) => heard.peers[0]?.end() },
  { what: "a reset", after: (_bench, heard) => heard.peers[0]?.reset() },
  { what: "its own close()", after: (_bench, _heard, { link }) => link.close() },
];

/** Puts everything right again. */
async function heal({ world, run }: ModuleBench): Promise<void> {
  world.network.refuse("peer", 7, false);
  world.network.silence(false);
  world.accessPoint.up = true;
  run('require("Wifi").connect("home", { password: "secret" })');
  await world.runFor(15_000);
}

describe("the TCP link, opened again", () => {
  for (const { what, before, after } of ENDS) {
    onBothBoards(`from within onClose after ${what}, works`, async (start) => {
      const bench = await start();
      const heard = listen(bench);
      await before?.(bench);
      const all: Dialled[] = [];
      const again = (): void => {
        // A link that fails at once would be opened for ever: the world is put right in between.
        if (all.length < 3) all.push(dial(all[0]!.link, { onClose: again }));
      };
      all.push(dial(createLink(bench), { onClose: again }));
      await bench.world.runFor(100);
      after?.(bench, heard, all[0]!);
      await bench.world.runFor(100);
      if (before) {
        await heal(bench);
        all.push(dial(all[0]!.link));
        await bench.world.runFor(100);
      }
      const last = all.pop()!;
      assert.deepEqual(withoutDrains(last), ["open"]);
      for (const { log } of all) assert.equal(log.filter((line) => line.startsWith("close")).length, 1);
      bench.world.network.connections.at(-1)?.peer.write("hello");
      await bench.world.runFor(100);
      assert.deepEqual(withoutDrains(last), ["open", "data hello"]);
    });
  }

  onBothBoards("a hundred times, leaves nothing behind", async (start) => {
    const bench = await start();
    listen(bench);
    const link = createLink(bench);
    for (let round = 0; round < 100; round++) {
      const dialled = dial(link);
      await bench.world.runFor(20);
      link.close();
      await bench.world.runFor(20);
      assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
    }
    assert.equal(bench.world.network.connections.length, 0);
  });

  onBothBoards("hears nothing of a connection that was given up", async (start) => {
    const bench = await start();
    const heard = listen(bench);
    let second: Dialled | undefined;
    const first = dial(createLink(bench), { onClose: () => (second = dial(first.link)) });
    await bench.world.runFor(100);
    // What is written waits for an acknowledgement that is long in coming; what the peer says comes at once.
    bench.world.network.latency = 10_000;
    first.link.write("x".repeat(20_000));
    await bench.world.runFor(10);
    first.link.close();
    await bench.world.runFor(1999);
    bench.world.network.latency = 1;
    heard.peers[0]!.write("late");
    await bench.world.runFor(0.5);
    // Has the board look after its sockets in the very pass in which the link gives up.
    bench.run("setTimeout(function () {}, 0)");
    await bench.world.runFor(5000);
    assert.deepEqual(withoutDrains(first), ["open", "close 0xc3"]);
    assert.deepEqual(withoutDrains(second!), ["open"]);
  });

  onBothBoards("takes bytes until it reports the end, though its socket ended already", async (start) => {
    const bench = await start();
    const heard = listen(bench);
    let isEnding = false;
    const dialled = dial(createLink(bench), { onDrain: () => isEnding && dialled.link.write("more") });
    await bench.world.runFor(100);
    heard.peers[0]!.end();
    await bench.world.runUntil(() => bench.world.network.connections[0]?.remote === "ended");
    isEnding = true;
    dialled.link.write("all that is sent in the pass in which the end is seen");
    await bench.world.runFor(100);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
  });

  onBothBoards("takes bytes until it reports the end, though it was told to close", async (start) => {
    const bench = await start();
    listen(bench);
    const dialled = dial(createLink(bench));
    await bench.world.runFor(100);
    dialled.link.close();
    assert.doesNotThrow(() => dialled.link.write("too late"));
    await bench.world.runFor(3000);
    assert.deepEqual(withoutDrains(dialled), ["open", "close 0xc3"]);
  });
});

/** One thing that happens to a link, its board or its network. */
type Step = (bench: ModuleBench, heard: Heard, state: { link: Dialled["link"]; current: Dialled }) => void;

const isOver = ({ log }: Dialled): boolean => log.some((line) => line.startsWith("close"));
const isOpen = (dialled: Dialled): boolean => dialled.log.includes("open") && !isOver(dialled);

const STEPS: Record<string, Step> = {
  write: (_bench, _heard, { link, current }) => isOpen(current) && link.write("x".repeat(700)),
  close: (_bench, _heard, { link }) => link.close(),
  "peer writes": (_bench, heard) => heard.peers.at(-1)?.write("y".repeat(900)),
  "peer ends": (_bench, heard) => heard.peers.at(-1)?.end(),
  "peer resets": (_bench, heard) => heard.peers.at(-1)?.reset(),
  cut: ({ world }) => world.network.cut(),
  silence: ({ world }) => world.network.silence(true),
  noise: ({ world }) => world.network.silence(false),
  "Wi-Fi goes": ({ run }) => run('require("Wifi").disconnect()'),
  "Wi-Fi comes": ({ run }) => run('require("Wifi").connect("home", { password: "secret" })'),
};

describe("the TCP link, whatever happens", () => {
  for (let seed = 1; seed <= 30; seed++) {
    onBothBoards(`keeps its contract (course ${seed})`, async (start) => {
      const bench = await start({}, seed);
      const heard = listen(bench);
      const link = createLink(bench);
      const names = Object.keys(STEPS);
      const course: string[] = [];
      const state = { link, current: dial(link) };
      const all = [state.current];
      for (let step = 0; step < 60; step++) {
        const name = names[Math.floor(bench.world.random() * names.length)]!;
        course.push(name);
        STEPS[name]!(bench, heard, state);
        await bench.world.runFor(Math.floor(bench.world.random() ** 3 * 3000));
        if (isOver(state.current)) all.push((state.current = dial(link)));
      }
      await heal(bench);
      link.close();
      await bench.world.runFor(20_000);
      for (const { log } of all) {
        const words = log.map((line) => line.split(" ")[0]).join(" ");
        assert.match(words, /^(open( data| drain)* )?close$/, course.join(", "));
      }
      assert.equal(bench.world.network.connections.length, 0);
    });
  }
});
