import assert from "node:assert/strict";
import fc from "fast-check";
import { isWellFormed } from "../../src/codec/utf8.ts";
import { check, utf8 } from "../support/arbitraries.ts";

/** Node's own judgement. */
function nodeSays(bytes: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, "latin1"));
    return !bytes.includes("\0");
  } catch {
    return false;
  }
}

describe("isWellFormed", () => {
  it("accepts what is UTF-8", () => {
    check(fc.property(utf8(0, 40), (text) => isWellFormed(text, true)));
  });

  it("judges any bytes as Node's decoder does [MQTT-1.5.3-1]", () => {
    const nasty = fc.array(
      fc.constantFrom(
        0,
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
        0xff,
      ),
      {
        maxLength: 5,
      },
    );
    check(
      fc.property(nasty, (bytes) => {
        const text = String.fromCharCode(...bytes);
        assert.equal(isWellFormed(text, true), nodeSays(text));
      }),
      5000,
    );
  });

  it("refuses a byte that begins nothing, however much follows it", () => {
    const begun = "\x80".repeat(6) + "\x90\x80\x80";
    for (const first of ["\x80", "\xc0", "\xc1", "\xf5", "\xff"])
      assert.equal(isWellFormed(first + begun, true), false);
  });

  it("refuses U+0000, alone and inside [MQTT-1.5.3-2]", () => {
    assert.equal(isWellFormed("\0", true), false);
    assert.equal(isWellFormed("a\0b", true), false);
  });

  it("refuses control characters where they are asked to be, and nothing else more [MQTT-1.5.3-2]", () => {
    for (let point = 1; point < 0x100; point++) {
      const isControl = point < 0x20 || (point > 0x7e && point < 0xa0);
      const text = Buffer.from(`a${String.fromCodePoint(point)}b`).toString("latin1");
      assert.equal(isWellFormed(text, false), !isControl, `U+${point.toString(16)}`);
      assert.equal(isWellFormed(text, true), true);
    }
  });
});
