import assert from "node:assert/strict";
import { readU16, writeHeader, writeText } from "../../src/codec/fields.ts";

describe("readU16", () => {
  it("reads the most significant byte first [MQTT-1.5.3-3]", () => {
    assert.equal(readU16("x\x12\x34", 1), 0x1234);
    assert.equal(readU16("\xff\xff", 0), 65535);
  });

  it("reads NaN past the end", () => {
    assert.ok(Number.isNaN(readU16("\0", 0)));
    assert.ok(Number.isNaN(readU16("", 0)));
  });
});

describe("writeHeader", () => {
  // The boundaries of table 2.4.
  for (const [value, hex] of [
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16383, "ff7f"],
    [16384, "808001"],
    [2097151, "ffff7f"],
    [2097152, "80808001"],
    [268435455, "ffffff7f"],
  ] as const) {
    it(`writes ${value} as ${hex}`, () => {
      assert.equal(Buffer.from(writeHeader(0x30, value), "latin1").toString("hex"), `30${hex}`);
    });
  }
});

describe("writeText", () => {
  it("counts bytes, so that °C keeps its length [MQTT-1.5.3-3]", () => {
    assert.equal(writeText("\xc2\xb0C"), "\0\x03\xc2\xb0C");
    assert.equal(writeText(""), "\0\0");
  });
});
