/** Commands to a node that has a key; more of them in node-signed.test.ts. */
import assert from "node:assert/strict";
import { signedPayload } from "../../../tools/send/sign.ts";
import type { Bed, Scenario } from "../../support/bed.ts";
import { BASE, command, results, settled, told } from "../../support/node-bed.ts";

const KEY = "correct horse battery staple";
const COUNTER = 1764597638123;
/** Beds know the time, each another one; without it any counter counts that is above the last one. */
const WITHOUT_CLOCK = "globalThis.getTime = function () { return 1000; }";

const signed = ({ kind }: Bed, name: string, counter: number, argument = ""): string =>
  signedPayload({
    board: kind === "ESP32" ? "esp32" : "esp8266",
    key: KEY,
    topic: `${BASE}/cmd/${name}`,
    counter,
    argument,
  });

export const SIGNED: Scenario[] = [
  {
    claim: "a node with a key obeys what is signed with it, once, across a restart, and nothing else",
    settings: { key: KEY },
    async run(bed) {
      await settled(bed);
      await bed.type(WITHOUT_CLOCK);
      const payload = signed(bed, "period", COUNTER, "7200");
      bed.server.last.send(command("period", "7200"));
      await told(bed, "cmd/result", 1);
      bed.server.last.send(command("period", payload));
      await told(bed, "cmd/result", 2);
      bed.server.last.send(command("period", signed(bed, "period", COUNTER + 1, "soon")));
      await told(bed, "cmd/result", 3);
      bed.server.last.send(command("restart", signed(bed, "restart", COUNTER + 2)));
      await settled(bed, 2);
      await bed.type(WITHOUT_CLOCK);
      bed.server.last.send(command("period", payload));
      await told(bed, "cmd/result", 5);
      bed.server.last.send(command("read", signed(bed, "read", COUNTER + 3)));
      await told(bed, "cmd/result", 6);
      await told(bed, "state", 3);
      const error = "must be a whole number of seconds from 1 to 86400";
      assert.deepEqual(results(bed), [
        { ok: false, error: "not signed with the key of this node" },
        { command: "period", ok: true, period: 7200 },
        { command: "period", ok: false, error },
        { command: "restart", ok: true },
        { ok: false, error: "its counter is not above that of the last command" },
        { command: "read", ok: true },
      ]);
    },
  },
];
