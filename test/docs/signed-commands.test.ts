/** docs/signed-commands.md: its key, its verbs, its payload and its shell script are tried. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { splitWords } from "../../tools/send/send.ts";
import { signedPayload } from "../../tools/send/sign.ts";
import { openPage } from "../support/page.ts";
import { deadLinks } from "./links.ts";

const PATH = "docs/signed-commands.md";
const KEY = "correct horse battery staple";
const COMMAND = { key: KEY, topic: "house/hall/cmd/period", counter: 1767225600000, argument: "30" };

describe(PATH, () => {
  const page = openPage(PATH);
  const { text } = page;
  const key = page.block("json");
  const verbs = page.block("sh");
  const payload = page.block("");
  const script = page.block("sh", 1);

  it("shows a key that a configuration takes", () => {
    const { mistakes, warnings } = checkNode({
      ...{ board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } },
      ...(JSON.parse(key) as object),
    });
    assert.deepEqual([...mistakes, ...warnings], []);
  });

  it("shows commands that there are", () => {
    const [upload, ...sent] = verbs.trim().split("\n");
    assert.equal(upload, "ristretto upload");
    assert.deepEqual(
      sent.map((line) => splitWords(line.split(" ").slice(2)).command),
      ["read", "period", "restart"],
    );
  });

  it("shows a payload as it is signed", () => {
    assert.equal(payload.trim(), signedPayload({ board: "esp32", ...COMMAND }));
  });

  for (const [board, hash] of [
    ["esp32", "-sha256"],
    ["esp8266", "-sha1"],
  ] as const)
    it(`shows a script that signs for an ${board}`, function () {
      try {
        execFileSync("openssl", ["version"]);
      } catch {
        this.skip();
      }
      const printed = execFileSync("sh", ["-c", script.replace("-sha256", hash)], { encoding: "utf8" });
      assert.equal(printed.trim(), signedPayload({ board, ...COMMAND }));
    });

  it("names every refusal of the node, and no other", () => {
    const sources = ["hw/node/signature.ts", "hw/node/counter.ts"]
      .map((path) => readFileSync(path, "utf8"))
      .join("\n");
    const said = [...sources.matchAll(/return "([^"]+)";/g)].map(([, error]) => error!);
    const told = [...text.matchAll(/^\| `([^`]+)` +\| [^`]/gm)].map(([, error]) => error!);
    assert.deepEqual(told.sort(), [...new Set(said)].sort());
  });

  it("leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(PATH), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
