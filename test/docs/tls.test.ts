/** docs/tls.md: its configuration with certificates of the test's own, and the commands for certificates. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explain } from "../../hw/lines.ts";
import { TLS_FAILED } from "../../src/reason.ts";
import { createAuthority } from "../../tools/authority.ts";
import type { Authority, Identity } from "../../tools/authority.ts";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { openPage } from "../support/page.ts";
import { deadLinks } from "./links.ts";

const page = openPage("docs/tls.md");
const CONFIG = page.block("json");
const COMMANDS = page.block("sh");

describe("docs/tls.md", function () {
  this.timeout(60_000);
  let folder: string;
  let authority: Authority;
  let hall: Identity;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    authority = await createAuthority();
    hall = await authority.issue("hall");
    writeFileSync(join(folder, "ca.pem"), authority.cert);
    writeFileSync(join(folder, "hall.pem"), hall.cert);
    writeFileSync(join(folder, "hall.key"), hall.key);
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a board would get of that configuration. */
  function onBoard(): Record<string, string> {
    const { mistakes, node } = checkNode(JSON.parse(CONFIG), folder);
    assert.deepEqual(mistakes, []);
    return node!.broker.tls as Record<string, string>;
  }

  it("shows a configuration that takes certificates beside it, and names what they lack", () => {
    assert.deepEqual(Object.keys(onBoard()).sort(), ["ca", "cert", "key"]);
    writeFileSync(join(folder, "hall.key"), authority.key);
    try {
      assert.match(checkNode(JSON.parse(CONFIG), folder).mistakes.join(), /^broker\.tls\.key/);
    } finally {
      writeFileSync(join(folder, "hall.key"), hall.key);
    }
    const esp8266 = { ...(JSON.parse(CONFIG) as object), board: "esp8266" };
    assert.match(checkNode(esp8266, folder).mistakes.join(), /^broker\.tls.*ESP8266/);
  });

  it("makes by hand what the command makes", () => {
    const [cert, key] = COMMANDS.trim()
      .split("\n")
      .map((line) => execFileSync("sh", ["-c", line], { cwd: folder, encoding: "utf8" }).trim());
    const made = onBoard();
    assert.equal(cert, made["cert"]);
    // OpenSSL writes an RSA key as PKCS #1 or #8, by its version; mbedTLS takes either.
    const publicOf = (der: string): string => {
      const bytes = Buffer.from(der, "base64");
      const keys = (["pkcs1", "pkcs8"] as const).flatMap((type) => {
        try {
          return [createPrivateKey({ key: bytes, format: "der", type })];
        } catch {
          return [];
        }
      });
      return createPublicKey(keys[0]!).export({ format: "pem", type: "spki" }).toString();
    };
    assert.equal(publicOf(key!), publicOf(made["key"]!));
  });

  it("quotes what the console says", () => {
    assert.ok(page.text.includes(`\`${explain(TLS_FAILED)}\``));
  });

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
