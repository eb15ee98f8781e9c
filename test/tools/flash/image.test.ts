import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { CHIP_DEFS } from "esptool-js/lib/targets/index.js";
import { loadFirmwareImage } from "esptool-js/lib/image/index.js";
import fc from "fast-check";
import { readImage, withParameters } from "../../../tools/flash/image.ts";
import { readPartitions } from "../../../tools/flash/partitions.ts";
import { esp32Image, esp8266Image, esp8266Program, partitionTable } from "../../support/firmware-images.ts";

describe("a firmware image", () => {
  it("names its chip, whichever of the layouts it has", () => {
    assert.equal(readImage(esp32Image(1000)).chip, "ESP32");
    assert.equal(readImage(esp32Image(1000, { digest: false })).chip, "ESP32");
    assert.equal(readImage(esp32Image(1000, { chipId: 9 })).chip, "ESP32-S3");
    assert.equal(readImage(esp32Image(1000, { chipId: 5 })).chip, "ESP32-C3");
    assert.equal(readImage(esp32Image(1000, { chipId: 13 })).chip, "chip 13");
    assert.equal(readImage(esp8266Image(1000)).chip, "ESP8266");
    for (const size of [16, 1000, 1001, 1010]) assert.equal(readImage(esp8266Program(size)).chip, "ESP8266");
  });

  it("is read as esptool-js reads it", async () => {
    const image = esp8266Program(1000);
    const theirs = await loadFirmwareImage(CHIP_DEFS.esp8266, image);
    assert.equal(theirs.segments.length, 2);
    assert.equal(theirs.checksum, theirs.calculateChecksum());
    readImage(image);
  });

  it("is refused when any of its bytes that count is another", () => {
    const image = esp32Image(300);
    fc.assert(
      fc.property(fc.nat(image.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(image);
        damaged[at]! ^= flip;
        // The flag that says there is a digest: without it there is none to be compared.
        fc.pre(at !== 23);
        assert.throws(() => readImage(damaged));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused when it is cut anywhere", () => {
    for (const image of [esp32Image(100), esp8266Image(100), esp8266Program(100).subarray(0, -4)]) {
      for (let length = 0; length < image.length; length++) {
        assert.throws(() => readImage(image.subarray(0, length)), /cut short|missing/);
      }
    }
  });

  it("that is something else is refused by how it begins", () => {
    assert.throws(() => readImage(Buffer.from("<!DOCTYPE html><html>Not found</html>")), /begins with 0x3c/);
  });

  it("keeps its digest right when its head changes", () => {
    const image = esp32Image(1000);
    const changed = withParameters(image, readImage(image), { mode: "dout", frequency: 15, size: 2 });
    assert.deepEqual([...changed.subarray(2, 4)], [3, 0x2f]);
    assert.notEqual(changed.compare(image), 0);
    readImage(changed);
    const digest = createHash("sha256").update(changed.subarray(0, -32)).digest();
    assert.ok(digest.equals(changed.subarray(-32)));
  });
});

describe("a partition table", () => {
  it("tells names, kinds and places", () => {
    assert.deepEqual(readPartitions(partitionTable())?.at(1), {
      name: "factory",
      type: "app",
      offset: 0x10000,
      size: 0x180000,
    });
  });

  it("is none when its sum is wrong, or nothing is in it", () => {
    const table = partitionTable();
    table[5]! ^= 1;
    assert.equal(readPartitions(table), undefined);
    assert.equal(readPartitions(Buffer.alloc(0xc00, 0xff)), undefined);
  });
});
