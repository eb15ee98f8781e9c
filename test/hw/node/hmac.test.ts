/** The device's HMAC against the vectors of RFC 2202 and RFC 4231, on the simulated board and on the real interpreter. */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { createInterpreter, quote } from "../../../bench/interpreter.ts";
import { createWorld } from "../../../sim/world.ts";
import { espruino, withProgram } from "../../support/engines.ts";
import { deviceModule } from "../../support/module-world.ts";

interface Vector {
  name: string;
  hash: "SHA1" | "SHA256";
  /** Byte strings. */
  key: string;
  text: string;
  /** In hexadecimal; one of RFC 4231 is cut off there. */
  digest: string;
}

const bytes = (hex: string): string => Buffer.from(hex, "hex").toString("latin1");
const LONG_TEXT = "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data";
const KEY_FIRST = "Test Using Larger Than Block-Size Key - Hash Key First";

const VECTORS: Vector[] = [
  ...(
    [
      ["1", bytes("0b".repeat(20)), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"],
      ["2", "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
      ["3", bytes("aa".repeat(20)), bytes("dd".repeat(50)), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"],
      [
        "4",
        bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"),
        bytes("cd".repeat(50)),
        "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
      ],
      ["5", bytes("0c".repeat(20)), "Test With Truncation", "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"],
      ["6", bytes("aa".repeat(80)), KEY_FIRST, "aa4ae5e15272d00e95705637ce8a3b55ed402112"],
      ["7", bytes("aa".repeat(80)), LONG_TEXT, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"],
    ] as const
  ).map(([nth, key, text, digest]) => ({
    name: `RFC 2202, 3.${nth}`,
    hash: "SHA1" as const,
    key,
    text,
    digest,
  })),
  ...(
    [
      [
        "1",
        bytes("0b".repeat(20)),
        "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      ],
      [
        "2",
        "Jefe",
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      ],
      [
        "3",
        bytes("aa".repeat(20)),
        bytes("dd".repeat(50)),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      ],
      [
        "4",
        bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"),
        bytes("cd".repeat(50)),
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
      ],
      ["5", bytes("0c".repeat(20)), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"],
      [
        "6",
        bytes("aa".repeat(131)),
        KEY_FIRST,
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      ],
      [
        "7",
        bytes("aa".repeat(131)),
        "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
      ],
    ] as const
  ).map(([nth, key, text, digest]) => ({
    name: `RFC 4231, 4.${Number(nth) + 1}`,
    hash: "SHA256" as const,
    key,
    text,
    digest,
  })),
];

/** A key that is longer than a block counts as its hash; the configuration takes none. */
const shortKey = ({ key, hash }: Vector): string =>
  key.length > 64 ? createHash(hash).update(Buffer.from(key, "latin1")).digest("binary") : key;

const call = (vector: Vector): string =>
  `require("hmac").hmac(require("crypto").${vector.hash},${quote(shortKey(vector))},${quote(vector.text)})`;

function assertDigest(base64: string, { digest }: Vector): void {
  assert.equal(Buffer.from(base64, "base64").toString("hex").slice(0, digest.length), digest);
}

/** Keys of every length that a configuration may have, and texts around the edges of a block. */
const LENGTHS: Vector[] = [16, 17, 32, 55, 56, 63, 64].flatMap((length) =>
  [0, 1, 55, 64, 250].map((size) => {
    const key = "k".repeat(length);
    const text = "\0\xff".repeat(size).slice(0, size);
    const digest = createHmac("sha256", key).update(Buffer.from(text, "latin1")).digest("hex");
    return { name: `${length} and ${size}`, hash: "SHA256" as const, key, text, digest };
  }),
);

describe("the device's HMAC", () => {
  const world = createWorld();
  after(() => world.close());
  const storage = deviceModule("hmac", "hw/node/hmac.ts");
  const board = world.board({ board: "ESP32", storage });
  board.powerOn();

  for (const vector of VECTORS)
    it(`is that of ${vector.name}`, () => {
      assertDigest(board.evaluate(call(vector)) as string, vector);
    });

  it("is right for every length of a key, and of a text", () => {
    for (const vector of LENGTHS) assertDigest(board.evaluate(call(vector)) as string, vector);
  });

  withProgram("on the interpreter", espruino, false, (path) => {
    it("is that of both documents, and right for every length", async function () {
      this.timeout(120_000);
      const interpreter = createInterpreter(path);
      try {
        // The engine hoists nothing, so what is exported stands behind what it is.
        const exported = "exports.hmac = hmac;";
        await interpreter.store("hmac", storage.hmac!.replace(exported, "") + exported);
        const all = [...VECTORS, ...LENGTHS];
        for (let from = 0; from < all.length; from += 10) {
          const some = all.slice(from, from + 10);
          const lines = await interpreter.run(some.map((one) => `print("# "+${call(one)});`).join("\n"));
          assert.equal(lines.length, some.length);
          some.forEach((vector, nth) => assertDigest(lines[nth]!, vector));
        }
      } finally {
        interpreter.close();
      }
    });
  });
});
