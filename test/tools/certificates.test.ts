/** What becomes of `broker.tls` on its way to the board, and what is said of what cannot work. */
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, P256 } from "../../tools/authority.ts";
import type { Authority, Identity } from "../../tools/authority.ts";
import { deviceTls, pemOf } from "../../tools/certificates.ts";
import { readConfiguration } from "../../tools/configuration.ts";
import { UserError } from "../../tools/user-error.ts";
import { run } from "../support/command.ts";

const SENSORS = [{ type: "bme280" }];

describe("broker.tls made ready for a board", () => {
  let folder: string;
  let authority: Authority;
  let own: Identity;
  let other: Identity;
  let expired: Identity;

  const file = (name: string, bytes: string | Buffer): string => {
    writeFileSync(join(folder, name), bytes);
    return name;
  };
  const convert = (tls: unknown) => deviceTls(tls, { folder });
  const derOf = (pem: string): Buffer => new X509Certificate(pem).raw;

  /** The one line that is said; nothing secret is in it. */
  function problemOf(tls: unknown): string {
    try {
      convert(tls);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      assert.ok(!error.message.includes("\n"));
      const secrets = typeof tls === "object" && tls !== null ? Object.values(tls) : [];
      for (const secret of secrets)
        if (typeof secret === "string" && secret.length > 40)
          assert.ok(!error.message.includes(secret.slice(30, 60)));
      return error.message;
    }
    assert.fail("nothing was said");
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    authority = await createAuthority();
    own = await authority.issue("board");
    other = await authority.issue("other");
    expired = await authority.issue("board", -1);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("stays what it is without certificates", () => {
    assert.deepEqual(convert(true), { tls: true, warnings: [] });
    for (const none of [false, undefined, null])
      assert.deepEqual(convert(none), { tls: false, warnings: [] });
  });

  it("is DER in base64, of PEM in it, PEM in a file and what is DER already", () => {
    const cert = derOf(own.cert).toString("base64");
    const key = createPrivateKey(own.key).export({ format: "der", type: "pkcs8" }).toString("base64");
    const ca = derOf(authority.cert).toString("base64");
    for (const tls of [
      { ca: authority.cert, ...own },
      {
        ca: file("ca.pem", authority.cert),
        cert: file("own.pem", own.cert),
        key: join(folder, file("own.key", own.key)),
      },
      {
        ca: file("ca.der", derOf(authority.cert)),
        cert: file("own.der", derOf(own.cert)),
        key: Buffer.from(key, "base64").toString("base64"),
      },
      { ca, cert, key },
    ])
      assert.deepEqual(convert(tls), { tls: { ca, cert, key }, warnings: [] });
  });

  it("is PEM again for programs of the host", () => {
    const { tls } = convert({ ca: authority.cert, ...own });
    assert.ok(typeof tls === "object");
    assert.equal(pemOf("cert", tls.cert!).trim(), own.cert.trim());
    assert.ok(
      new X509Certificate(pemOf("cert", tls.cert!)).checkPrivateKey(createPrivateKey(pemOf("key", tls.key!))),
    );
  });

  it("takes keys in every form, and those on a curve", async () => {
    const rsa = createPrivateKey(own.key);
    const pkcs1 = rsa.export({ format: "pem", type: "pkcs1" });
    const curved = await (await createAuthority(P256)).issue("board");
    const sec1 = createPrivateKey(curved.key).export({ format: "pem", type: "sec1" });
    for (const [cert, key] of [
      [own.cert, pkcs1],
      [own.cert, file("pkcs1.der", rsa.export({ format: "der", type: "pkcs1" }))],
      [curved.cert, curved.key],
      [curved.cert, sec1],
    ]) {
      const { tls } = convert({ cert, key });
      assert.ok(typeof tls === "object");
      // What is shorter Espruino takes for the name of a file.
      assert.ok(Buffer.from(tls.key!, "base64").length > 100);
    }
  });

  it("warns of certificates that are out of date, with the dates, and of those that the board leaves out", () => {
    const { warnings } = convert(expired);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^broker\.tls\.cert expired on \d{4}-\d\d-\d\d \(valid from \d{4}-\d\d-\d\d\): /,
    );
    const early = deviceTls({ ca: authority.cert }, { folder, now: new Date(0) });
    assert.match(
      early.warnings.join(),
      /^broker\.tls\.ca is valid from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, not yet\.$/,
    );
    const chain = convert({ cert: own.cert + "\n" + authority.cert, key: own.key });
    assert.match(
      chain.warnings.join(),
      /^broker\.tls\.cert holds 2 certificates: the board shows only the first/,
    );
  });

  const encrypt = (type: "pkcs1" | "pkcs8"): string =>
    createPrivateKey(own.key).export({
      format: "pem",
      type,
      cipher: "aes-256-cbc",
      passphrase: "secret",
    }) as string;

  const MISTAKES: Array<[what: string, tls: () => unknown, problem: RegExp]> = [
    ["a text", () => "yes", /^broker\.tls must be true, false or an object with ca, cert, key\.$/],
    ["a list", () => [], /^broker\.tls must be true/],
    [
      "a misspelt member",
      () => ({ crt: own.cert }),
      /^broker\.tls\.crt is unknown; known are ca, cert, key\.$/,
    ],
    ["a number", () => ({ ca: 1 }), /^broker\.tls\.ca must be PEM, or the name of a file with it\.$/],
    [
      "a missing file",
      () => ({ ca: "nowhere.pem" }),
      /^broker\.tls\.ca names a file that is not there; looked from \/.*\.$/,
    ],
    [
      "a folder",
      () => ({ ca: "." }),
      /^broker\.tls\.ca names a file that cannot be read; looked from \/.*\.$/,
    ],
    ["a file that is no PEM", () => ({ ca: file("a.txt", "hello") }), /^broker\.tls\.ca is no PEM\.$/],
    [
      "PEM that is garbled",
      () => ({ ca: own.cert.replace(/^MII/m, "MIX") }),
      /^broker\.tls\.ca is PEM but no certificate\.$/,
    ],
    [
      "a key without its header",
      () => ({ cert: own.cert, key: own.key.replace(/-----.*-----/g, "") }),
      /^broker\.tls\.key/,
    ],
    [
      "a key that is cut short",
      () => ({ cert: own.cert, key: own.key.slice(0, 400) }),
      /^broker\.tls\.key is PEM but no private key that can be read\.$/,
    ],
    [
      "a key where a certificate belongs",
      () => ({ cert: own.key, key: own.key }),
      /^broker\.tls\.cert is a private key; it must be a certificate\.$/,
    ],
    [
      "a certificate where the key belongs",
      () => ({ cert: own.cert, key: own.cert }),
      /^broker\.tls\.key is a certificate; /,
    ],
    [
      "a certificate alone",
      () => ({ cert: own.cert }),
      /^broker\.tls\.key is needed with broker\.tls\.cert\.$/,
    ],
    ["a key alone", () => ({ key: own.key }), /^broker\.tls\.cert is needed with broker\.tls\.key\.$/],
    [
      "the key of another",
      () => ({ cert: own.cert, key: other.key }),
      /^broker\.tls\.key does not belong to broker\.tls\.cert\.$/,
    ],
    [
      "an encrypted key",
      () => ({ cert: own.cert, key: encrypt("pkcs8") }),
      /^broker\.tls\.key is encrypted, .* `openssl pkey/,
    ],
    [
      "an encrypted key of the old form",
      () => ({ cert: own.cert, key: encrypt("pkcs1") }),
      /^broker\.tls\.key is encrypted, /,
    ],
    [
      "a key of a kind that boards lack",
      () => ({
        cert: own.cert,
        key: generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }),
      }),
      /^broker\.tls\.key is of a kind that the board cannot use; RSA /,
    ],
  ];
  for (const [what, tls, problem] of MISTAKES)
    it(`names ${what} in one line`, () => {
      assert.match(problemOf(tls()), problem);
    });

  it("is refused for an ESP8266 with the reason, and false is not", () => {
    assert.throws(
      () => deviceTls(true, { folder, board: "esp8266" }),
      /^Error: broker\.tls cannot be on an ESP8266: its Espruino has no TLS\./,
    );
    assert.deepEqual(deviceTls(false, { folder, board: "esp8266" }).tls, false);
  });

  it("is read with the configuration, whose folder is where its files are", () => {
    file("own.pem", own.cert);
    file("own.key", own.key);
    const path = join(
      folder,
      file(
        "node.json",
        JSON.stringify({ broker: { host: "b", tls: { cert: "own.pem", key: "own.key" } }, sensors: SENSORS }),
      ),
    );
    const told: string[] = [];
    const { broker } = readConfiguration(path, { board: "esp32", warn: (line) => void told.push(line) });
    assert.deepEqual(broker, { host: "b", tls: convert(own).tls });
    assert.deepEqual(told, []);
    file("own.pem", expired.cert);
    file("own.key", expired.key);
    const late: string[] = [];
    readConfiguration(path, { board: "esp32", warn: (line) => void late.push(line) });
    assert.match(late.join(), /node\.json: broker\.tls\.cert expired on /);
    file("own.key", own.key);
    assert.throws(
      () => readConfiguration(path, { board: "esp32", warn: assert.fail }),
      /node\.json: broker\.tls\.key does not belong to broker\.tls\.cert\.$/,
    );
  });
});

describe("ristretto simulate with broker.tls", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function config(tls: unknown): string {
    const path = join(folder, "node.json");
    writeFileSync(path, JSON.stringify({ broker: { tls }, sensors: SENSORS }));
    return path;
  }
  const simulate = (...more: string[]) =>
    run("simulate", "--port", "0", "--period", "1", "--seconds", "6", "--json", ...more);

  it("has the board speak TLS to a broker of its own, and show its certificate", async () => {
    const own = await (await createAuthority()).issue("board");
    for (const tls of [true, own]) {
      const { code, stdout, stderr } = await simulate("--config", config(tls));
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /"tls":true/);
      assert.match(stdout, /"text":"TLS: encrypted, but Espruino verifies nobody/);
      assert.ok(!(stdout + stderr).includes(own.key.split("\n")[3]!));
    }
  });

  it("says in one line what is wrong, and refuses it on an ESP8266", async () => {
    const missing = await simulate("--config", config({ ca: "nowhere.pem" }));
    assert.notEqual(missing.code, 0);
    assert.match(
      missing.stderr,
      /^.*node\.json: broker\.tls\.ca names a file that is not there; looked from .*\n$/,
    );
    const wrong = await simulate("--board", "esp8266", "--config", config(true));
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /^.*node\.json: broker\.tls cannot be on an ESP8266: .*\n$/);
  });
});
