import assert from "node:assert/strict";
import {
  readU16,
  readLength,
  LENGTH_INCOMPLETE,
  LENGTH_MALFORMED,
  headerSize,
  writeText,
  writeU16,
  writeHeader,
} from "../../src/codec/fields.ts";

describe("writeU16 and readU16", () => {
  it("agree at every boundary", () => {
    for (const value of [0, 1, 127, 128, 255, 256, 32767, 32768, 65535])
      assert.equal(readU16("x" + writeU16(value), 1), value);
  });

  it("writes the most significant byte first [MQTT-1.5.3-3]", () => {
    assert.equal(writeU16(0x1234), "\x12\x34");
  });

  it("reads NaN past the end", () => {
    assert.ok(Number.isNaN(readU16("\0", 0)));
    assert.ok(Number.isNaN(readU16("", 0)));
  });
});

describe("writeHeader and readLength", () => {
  // The boundaries of table 2.4.
  const table: Array<[number, string]> = [
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16383, "ff7f"],
    [16384, "808001"],
    [2097151, "ffff7f"],
    [2097152, "80808001"],
    [268435455, "ffffff7f"],
  ];

  for (const [value, hex] of table) {
    it(`writes and reads ${value} as ${hex}`, () => {
      const written = writeHeader(0x30, value);
      assert.equal(Buffer.from(written, "latin1").toString("hex"), `30${hex}`);
      assert.equal(readLength(written), value);
      assert.equal(headerSize(value), written.length);
    });

    it(`waits for the rest of ${hex}`, () => {
      for (let length = 0; length < hex.length / 2; length++) {
        assert.equal(readLength(writeHeader(0x30, value).slice(0, length + 1)), LENGTH_INCOMPLETE);
      }
    });
  }

  it("refuses a fifth byte", () => {
    assert.equal(readLength("\x30\xff\xff\xff\xff"), LENGTH_MALFORMED);
    assert.equal(readLength("\x30\x80\x80\x80\x80\x01"), LENGTH_MALFORMED);
  });

  it("refuses more bytes than the value needs", () => {
    assert.equal(readLength("\x30\x80\x00"), LENGTH_MALFORMED);
    assert.equal(readLength("\x30\xff\x80\x00"), LENGTH_MALFORMED);
  });
});

describe("writeText", () => {
  it("counts bytes, so that °C keeps its length [MQTT-1.5.3-3]", () => {
    assert.equal(writeText("\xc2\xb0C"), "\0\x03\xc2\xb0C");
    assert.equal(writeText(""), "\0\0");
  });
});
