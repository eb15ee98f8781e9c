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
    claim: "the command `period` is obeyed, or refused with the reason",
    async run(bed) {
      await settled(bed);
      const bad = "0,-5,86401,1.5,, ,abc,5 s,1e9,Infinity,NaN,null,{}".split(",");
      for (const [index, period] of ["7200", ...bad].entries()) {
        bed.server.last.send(command("period", period));
        await told(bed, "cmd/result", index + 1);
      }
      const error = "must be a whole number of seconds from 1 to 86400";
      const refused = { command: "period", ok: false, error };
      assert.deepEqual(results(bed), [{ command: "period", ok: true }, ...bad.map(() => refused)]);
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
        ["", ...names].map((name) => ({ command: name, ok: false, error })),
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
      assert.deepEqual(
        results(bed),
        ["read", "period"].map((name) => ({ command: name, ok: true })),
      );
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
