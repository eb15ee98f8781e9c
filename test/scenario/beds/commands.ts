/** What a node does when it is told to. */
import assert from "node:assert/strict";
import type { Scenario } from "../../support/bed.ts";
import { BASE, command, payloads, results, settled, taken, told } from "../../support/node-bed.ts";
import { said } from "../../support/node-world.ts";
import { message } from "../../support/server.ts";

export const COMMANDS: Scenario[] = [
  {
    claim: "the command `read` gives a reading at once",
    async run(bed) {
      await settled(bed);
      await bed.sense({ temperature: 31.5 });
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      assert.equal((JSON.parse(payloads(bed, "state")[1]!) as { temperature: number }).temperature, 31.5);
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
    },
  },
  {
    claim: "the command `period` takes digits, blanks around them or not, and answers with what it has set",
    async run(bed) {
      await settled(bed);
      const good: ReadonlyArray<readonly [payload: string, period: number]> = [
        ["7200", 7200],
        ["010", 10],
        ["060\n", 60],
        [" 86400 ", 86400],
        ["0000000000000001", 1],
        ["7200", 7200],
      ];
      for (const [index, [payload]] of good.entries()) {
        bed.server.last.send(command("period", payload));
        await told(bed, "cmd/result", index + 1);
      }
      assert.deepEqual(
        results(bed),
        good.map(([, period]) => ({ command: "period", ok: true, period })),
      );
    },
  },
  {
    claim: "the command `period` is refused with the reason for any other text",
    async run(bed) {
      await settled(bed);
      const bad = "0,-5,86401,1.5, ,abc,5 s,1e,1e9,0x10,+5,Infinity,NaN,null,{},9999999999999999".split(",");
      for (const [index, period] of bad.entries()) {
        bed.server.last.send(command("period", period));
        await told(bed, "cmd/result", index + 1);
      }
      const error = "must be a whole number of seconds from 1 to 86400";
      assert.deepEqual(
        results(bed),
        bad.map(() => ({ command: "period", ok: false, error })),
      );
    },
  },
  {
    claim: "a command without a payload, which is how a retained one is cleared, is ignored",
    async run(bed) {
      await settled(bed);
      for (const name of ["restart", "read", "period", "other"]) bed.server.last.send(command(name, ""));
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      await taken(bed);
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
      assert.deepEqual(payloads(bed, "status"), ["online"]);
    },
  },
  {
    claim: "foreign text as long as a packet may be costs no memory, and is not repeated in the answer",
    async run(bed) {
      await settled(bed);
      const long = "ü".repeat(250);
      const unknown = { ok: false, error: "unknown; known are read, period, restart" };
      bed.server.last.send({ ...command("", "now"), topic: `${BASE}/cmd/${long}` });
      await told(bed, "cmd/result", 1);
      bed.server.last.send(command("period", "9".repeat(900)));
      await told(bed, "cmd/result", 2);
      bed.server.last.send({ ...command("", long), topic: `${BASE}/cmd/${"ü".repeat(100)}`, retain: true });
      await taken(bed);
      assert.deepEqual(results(bed), [
        unknown,
        { command: "period", ok: false, error: "a payload has at most 16 bytes" },
      ]);
      assert.equal(bed.server.connections.length, 1);
    },
  },
  {
    claim: "the command `restart` says `offline`, waits for its acknowledgement, disconnects and comes back",
    async run(bed) {
      await settled(bed);
      const before = said(bed.server.last).length;
      bed.server.last.send(command("restart"));
      await settled(bed, 2);
      assert.deepEqual(said(bed.server.connections[0]!).slice(before), [
        "publish status offline",
        'publish cmd/result {"command":"restart","ok":true}',
        "disconnect",
      ]);
      assert.deepEqual(payloads(bed, "status"), ["online", "offline", "online"]);
    },
  },
  {
    claim: "what is no command is answered with those that are",
    async run(bed) {
      await settled(bed);
      const names = ["reboot", "READ", "read/now", "", 'a"b\\c', "__proto__", "\tx", "on"];
      bed.server.last.send({ ...command(""), topic: `${BASE}/cmd` });
      for (const [index, name] of names.entries()) {
        await told(bed, "cmd/result", index + 1);
        bed.server.last.send(command(name, '{"__proto__":1}'));
      }
      await told(bed, "cmd/result", names.length + 1);
      const error = "unknown; known are read, period, restart";
      assert.deepEqual(
        results(bed),
        ["", ...names].map(() => ({ ok: false, error })),
      );
    },
  },
  {
    claim: "commands that the broker had retained, and those for another node, are passed over",
    async run(bed) {
      await settled(bed);
      for (const name of ["restart", "read", "period", "other"])
        bed.server.last.send(command(name, "7", { retain: true }));
      bed.server.last.send({ ...command(""), topic: "ristretto/ffffffffffff/cmd/restart" });
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
      assert.deepEqual(payloads(bed, "status"), ["online"]);
    },
  },
  {
    claim:
      "a command larger than the node takes is drained, acknowledged, said and counted; the next one works",
    async run(bed) {
      await settled(bed);
      bed.server.last.send(command("period", "7".repeat(5_000), { qos: 1 }));
      await bed.until(() => said(bed.server.last).includes("puback 77"));
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
      assert.ok(bed.console.includes(`MQTT: lost a message of ${BASE}/cmd/period: too large`));
      await taken(bed);
      bed.server.last.peer.reset();
      await settled(bed, 2);
      assert.equal((JSON.parse(payloads(bed, "diag")[1]!) as { lost: number }).lost, 1);
    },
  },
  {
    claim: "the result of a command, which comes back through cmd/#, is not answered",
    async run(bed) {
      await settled(bed);
      bed.server.onPacket = (packet, connection) => {
        bed.server.answer(packet, connection);
        if (packet.cmd === "publish" && packet.topic.startsWith(`${BASE}/cmd/`))
          connection.send(message(packet.topic, packet.payload));
      };
      bed.server.last.send(command("read"));
      await told(bed, "cmd/result", 1);
      await told(bed, "state", 2);
      bed.server.last.send(command("period", "7200"));
      await told(bed, "cmd/result", 2);
      await taken(bed);
      assert.deepEqual(results(bed), [
        { command: "read", ok: true },
        { command: "period", ok: true, period: 7200 },
      ]);
    },
  },
  {
    claim: "the command `restart` is carried out though nobody acknowledges `offline`; the will then speaks",
    async run(bed) {
      await settled(bed);
      const [first] = bed.server.connections;
      bed.server.onPacket = (packet, connection) => {
        if (connection !== first) bed.server.answer(packet, connection);
      };
      bed.server.last.send(command("restart"));
      await settled(bed, 2);
      assert.equal(said(first!).includes("disconnect"), false);
      assert.deepEqual(payloads(bed, "status"), ["online", "offline", "online"]);
    },
  },
];
