/** What a client does with a broker, told once for all brokers, and for MQTT 3.1.1 and 5.0. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import { ristretto } from "../../support/party.ts";
import type { BrokerScenario, Table } from "./table.ts";

const { QOS_1, QOS_2, RETAIN } = ristretto;

/** Every byte there is, so often. */
const allBytes = (times: number): string =>
  Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))
    .join("")
    .repeat(times);

/** Publishes and takes a message at one QoS; gives what the server granted and the flags it came with. */
export async function roundTrip(table: Table, qos: 0 | 1 | 2): Promise<{ granted: number; flags: number }> {
  const party = await table.guest("self");
  const granted = await party.subscribe("round/trip", qos);
  await party.publish("round/trip", "there and back", qos << 1);
  const line = await party.until(/^message round\/trip there and back /);
  return { granted, flags: Number(line.split(" ").at(-1)) };
}

/** Has a message kept, and gives what a later subscriber is sent first; `mark` is sent behind it. */
export async function retained(table: Table, topicFilter: string): Promise<string[]> {
  const [giver, taker] = [await table.guest("giver"), await table.guest("taker")];
  await giver.publish("kept/one", "value", RETAIN | QOS_1);
  await taker.subscribe("mark", 1);
  await taker.subscribe(topicFilter, 1);
  await giver.publish("mark", "", QOS_1);
  await taker.until(/^message mark/);
  // What is retained may come behind the mark: it is asked for, not passed on.
  if (topicFilter === "kept/one") await taker.until(/^message kept/);
  await giver.publish("kept/one", "", RETAIN | QOS_1);
  return taker.messages().filter((message) => message !== "mark  2" && message !== "kept/one  2");
}

/** Two share a subscription; gives how many messages of ten each had. */
export async function share(table: Table): Promise<{ granted: number[]; counts: number[] }> {
  const sharers = [await table.guest("one"), await table.guest("two")];
  const granted = await Promise.all(sharers.map((sharer) => sharer.subscribe("$share/group/work/#", 1)));
  await Promise.all(sharers.map((sharer) => sharer.subscribe("mark", 1)));
  const giver = await table.guest("giver");
  for (let job = 1; job <= 10; job++) await giver.publish(`work/${job}`, "", QOS_1);
  await giver.publish("mark", "", QOS_1);
  await Promise.all(sharers.map((sharer) => sharer.until("message mark  2")));
  const counts = sharers.map((sharer) => sharer.messages().filter((one) => one.startsWith("work/")).length);
  return { granted, counts };
}

/** What a client is told that comes back to a session without subscriptions. */
export async function returned(table: Table): Promise<string> {
  const keeper = await table.guest("keeper", { clean: false });
  await keeper.leave();
  return keeper.online();
}

/** Publishes to a topic that `#` must spare and to one that it must not, and gives what came of both. */
export async function hidden(table: Table): Promise<string[]> {
  const party = await table.guest("all");
  await party.subscribe("#", 0);
  await party.publish("$private/x", "hidden", 0);
  await party.publish("seen/x", "shown", 0);
  await party.until("message seen/x shown 0");
  return party.messages();
}

/** Publishes a message with RETAIN and one without in one piece; gives what comes of both. */
export async function inOneGo(table: Table): Promise<string[]> {
  const [giver, taker] = [await table.guest("giver"), await table.guest("taker")];
  await taker.subscribe("one/go", 0);
  await taker.subscribe("mark", 1);
  const packets = [true, false].map((retain) =>
    generate(
      { cmd: "publish", topic: "one/go", payload: retain ? "kept" : "not kept", qos: 0, dup: false, retain },
      { protocolVersion: table.version },
    ).toString("latin1"),
  );
  giver.link.write(packets.join(""));
  await taker.until("message one/go not kept 0");
  await giver.publish("one/go", "", RETAIN | QOS_1);
  await giver.publish("mark", "", QOS_1);
  await taker.until("message mark  2");
  return taker.messages().filter((message) => /kept/.test(message));
}

export const SCENARIOS: readonly BrokerScenario[] = [
  {
    claim: "accepts a client, and has no session for it [MQTT-7.0.0-2]",
    async run(table) {
      assert.equal(await table.party("new").online(), "connect false");
    },
  },
  {
    claim: "refuses a wrong password, with the return code that says so",
    async run(table) {
      const line = await table.party("stranger", { password: "wrong" }).online();
      assert.match(line, /^disconnect 13[45]$/);
    },
  },
  {
    claim: "takes and gives a message at QoS 0",
    async run(table) {
      assert.deepEqual(await roundTrip(table, 0), { granted: 0, flags: 0 });
    },
  },
  {
    claim: "takes and gives a message at QoS 1",
    async run(table) {
      assert.deepEqual(await roundTrip(table, 1), { granted: 1, flags: QOS_1 });
    },
  },
  {
    claim: "takes and gives a message at QoS 2",
    async run(table) {
      assert.deepEqual(await roundTrip(table, 2), { granted: 2, flags: QOS_2 });
    },
  },
  {
    claim: "has each message at QoS 2 exactly once, in order, though its connection is cut again and again",
    async run(table) {
      const taker = await table.guest("taker");
      await taker.subscribe("once", 2);
      const giver = await table.guest("giver", { clean: false });
      await giver.subscribe("own", 1);
      for (let count = 1; count <= 12; count++) {
        let from = giver.log.length;
        const packetId = ristretto.publish(giver.client, "once", String(count), QOS_2);
        // At once, at the first answer, or not at all.
        if (count % 3 === 0) giver.link.cut();
        if (count % 3 === 1) giver.link.cutAfter(1);
        for (let line = ""; line !== `acknowledge ${packetId}`;) {
          line = await giver.until(/^(acknowledge|disconnect) /, from);
          from = giver.log.indexOf(line, from) + 1;
          if (line.startsWith("disconnect")) assert.equal(await giver.online(), "connect true");
        }
      }
      await taker.until("message once 12 4");
      assert.deepEqual(
        taker.messages(),
        Array.from({ length: 12 }, (_, index) => `once ${index + 1} 4`),
      );
    },
  },
  {
    claim: "keeps a retained message for who comes later, until an empty one",
    async run(table) {
      assert.deepEqual(await retained(table, "kept/one"), ["kept/one value 3"]);
      const later = await table.guest("later");
      await later.subscribe("kept/one", 1);
      await later.subscribe("mark", 1);
      await later.publish("mark", "", QOS_1);
      await later.until("message mark  2");
      assert.deepEqual(later.messages(), ["mark  2"]);
    },
  },
  {
    claim: "keeps a retained message for filters with wildcards too",
    async run(table) {
      assert.deepEqual(await retained(table, "kept/+"), ["kept/one value 3"]);
    },
  },
  {
    claim: "gives a message with RETAIN before the one that follows at once",
    async run(table) {
      assert.deepEqual(await inOneGo(table), ["one/go kept 0", "one/go not kept 0"]);
    },
  },
  {
    claim: "publishes the will of a client whose connection is cut, with its QoS, and retains it",
    async run(table) {
      const heir = await table.guest("heir");
      await heir.subscribe("will/of", 1);
      const testator = await table.guest("testator", {
        will: { topic: "will/of", payload: "gone", qos: 1, retain: true },
      });
      testator.link.cut();
      await heir.until("message will/of gone 2");
      const later = await table.guest("later");
      await later.subscribe("will/of", 1);
      await later.until("message will/of gone 3");
      await heir.publish("will/of", "", RETAIN | QOS_1);
    },
  },
  {
    claim: "publishes no will after DISCONNECT",
    async run(table) {
      const heir = await table.guest("heir");
      await heir.subscribe("will/of", 1);
      const testator = await table.guest("testator", { will: { topic: "will/of", payload: "gone", qos: 1 } });
      await testator.leave();
      await heir.publish("will/of", "mark", QOS_1);
      await heir.until("message will/of mark 2");
      assert.deepEqual(heir.messages(), ["will/of mark 2"]);
    },
  },
  {
    claim: "keeps the session: its subscription, and in order what came meanwhile",
    async run(table) {
      const keeper = await table.guest("keeper", { clean: false });
      await keeper.subscribe("while/away", 1);
      await keeper.leave();
      const giver = await table.guest("giver");
      for (const payload of ["1", "2", "3"]) await giver.publish("while/away", payload, QOS_1);
      assert.equal(await keeper.online(), "connect true");
      await keeper.until("message while/away 3 2");
      assert.deepEqual(keeper.messages(), ["while/away 1 2", "while/away 2 2", "while/away 3 2"]);
    },
  },
  {
    claim: "keeps a session that has no subscription",
    async run(table) {
      assert.equal(await returned(table), "connect true");
    },
  },
  {
    claim: "forgets the session of a client that comes back with clean session 1",
    async run(table) {
      const keeper = await table.guest("keeper", { clean: false });
      await keeper.subscribe("own", 1);
      await keeper.leave();
      const fresh = table.party("keeper", { clean: true });
      assert.equal(await fresh.online(), "connect false");
      await fresh.leave();
      assert.equal(await table.party("keeper", { clean: false }).online(), "connect false");
    },
  },
  {
    claim: "takes a message at QoS 1 again that was cut off, and acknowledges it then",
    async run(table) {
      const taker = await table.guest("taker");
      await taker.subscribe("again", 1);
      const giver = await table.guest("giver", { clean: false });
      await giver.subscribe("own", 1);
      const packetId = ristretto.publish(giver.client, "again", "x", QOS_1);
      giver.link.cut();
      await giver.until(/^disconnect/);
      assert.equal(await giver.online(), "connect true");
      await giver.until(`acknowledge ${packetId}`);
      await taker.until(/^message again x /);
      assert.ok(taker.messages().length <= 2);
    },
  },
  {
    claim: "matches + and # as the standard has it",
    async run(table) {
      const party = await table.guest("wild");
      await party.subscribe("w/+/x", 0);
      await party.subscribe("v/#", 0);
      const topics = ["w/1/x", "w/x", "w/1/2/x", "w/1/xx", "v", "v/1", "v/1/2", "vv"];
      for (const topic of topics) await party.publish(topic, "", 0);
      await party.publish("v/end", "", 0);
      await party.until("message v/end  0");
      assert.deepEqual(party.messages(), ["w/1/x  0", "v  0", "v/1  0", "v/1/2  0", "v/end  0"]);
    },
  },
  {
    claim: "keeps topics that begin with $ from #",
    async run(table) {
      assert.deepEqual(await hidden(table), ["seen/x shown 0"]);
    },
  },
  {
    claim: "gives each message of a shared subscription, which is 5.0's, to one of its clients",
    async run(table) {
      const { granted, counts } = await share(table);
      assert.deepEqual(granted, [1, 1]);
      assert.equal(counts[0]! + counts[1]!, 10);
    },
  },
  {
    claim: "sends nothing more after UNSUBACK",
    async run(table) {
      const party = await table.guest("leaver");
      await party.subscribe("left/behind", 1);
      await party.subscribe("mark", 1);
      ristretto.unsubscribe(party.client, ["left/behind"]);
      await party.until("unsubscribe left/behind");
      await party.publish("left/behind", "x", QOS_1);
      await party.publish("mark", "", QOS_1);
      await party.until("message mark  2");
      assert.deepEqual(party.messages(), ["mark  2"]);
    },
  },
  {
    claim: "takes and gives 102 400 bytes of all values whole, over TCP [MQTT-7.1.2-1]",
    async run(table) {
      const party = await table.guest("large", { queueBytes: 250_000 });
      await party.subscribe("large", 1);
      const payload = allBytes(400);
      for (const flags of [0, QOS_1]) {
        await party.publish("large", payload, flags);
        await party.until(`message large ${payload} ${flags}`);
      }
    },
  },
  {
    claim: "answers a PINGREQ, so that the client stays",
    async run(table) {
      const party = await table.guest("quiet", { keepalive: 5 });
      await party.subscribe("mark", 0);
      for (let minute = 0; minute < 12; minute++) {
        for (let second = 0; second < 5; second++) ristretto.tick(party.client);
        await party.link.pong();
      }
      assert.equal(party.client.connected, true);
    },
  },
  {
    claim: "ends the connection of a client whose id another one takes",
    async run(table) {
      const first = await table.guest("same");
      const second = await table.guest("same");
      await first.until(/^disconnect/);
      await second.publish("t", "x", QOS_1);
      assert.equal(second.client.connected, true);
    },
  },
];
