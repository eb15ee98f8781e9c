import assert from "node:assert/strict";
import { ESPLoader, Transport } from "esptool-js";
import fc from "fast-check";
import { createLoader } from "../../../sim/loader/loader.ts";
import type { Loader, LoaderOptions } from "../../../sim/loader/loader.ts";
import { createSlipDecoder, slipEncode } from "../../../sim/loader/slip.ts";
import { createSpiFlash } from "../../../sim/loader/spi-flash.ts";
import { webSerialPort } from "../../../tools/flash/web-serial.ts";
import { noise } from "../../support/firmware-images.ts";
import { lineTo } from "../../support/loader-line.ts";

describe("SLIP frames", () => {
  it("come out as they went in, whatever is in them and wherever they are cut", () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(200), { maxLength: 8 }), (payloads, cuts) => {
        const seen: number[][] = [];
        const decode = createSlipDecoder((frame) => void seen.push([...frame]));
        const bytes = Buffer.concat(payloads.map(slipEncode));
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        places.slice(1).forEach((to, index) => decode(bytes.subarray(places[index], to)));
        assert.deepEqual(
          seen,
          payloads.map((payload) => [...payload]),
        );
      }),
    );
  });
});

describe("a modelled SPI flash", () => {
  it("only makes zeros until its sector is erased", () => {
    const flash = createSpiFlash(0x10000);
    assert.ok(flash.write(0x1000, Buffer.from([0xf0])));
    assert.ok(flash.write(0x1000, Buffer.from([0x0f])));
    assert.equal(flash.bytes[0x1000], 0);
    assert.ok(flash.erase(0x1fff, 1));
    assert.equal(flash.bytes[0x1000], 0xff);
  });

  it("takes nothing beyond its end", () => {
    const flash = createSpiFlash(0x10000);
    assert.equal(flash.write(0xffff, Buffer.alloc(2)), false);
    assert.equal(flash.erase(0xf000, 0x1001), false);
    assert.equal(flash.bytes[0xffff], 0xff);
  });
});

describe("a modelled chip's loader", function () {
  this.timeout(60000);
  const RUN = { dtr: false, rts: false };
  const RESET = { dtr: false, rts: true };
  const BOOT = { dtr: true, rts: false };

  class Quiet extends Transport {
    override trace(): void {
      // Nobody reads it.
    }
  }

  async function connected(options: LoaderOptions): Promise<{ loader: Loader; tool: ESPLoader }> {
    const loader = createLoader(options);
    const transport = new Quiet(webSerialPort(lineTo(loader)) as unknown as SerialPort);
    const terminal = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };
    const tool = new ESPLoader({ transport, baudrate: 115200, terminal });
    await tool.detectChip();
    return { loader, tool };
  }

  const flashing = (data: Buffer, compress: boolean): Parameters<ESPLoader["writeFlash"]>[0] => ({
    fileArray: [{ data, address: 0x20000 }],
    flashMode: "keep",
    flashFreq: "keep",
    flashSize: "keep",
    eraseAll: false,
    compress,
  });

  it("starts its loader when GPIO0 is low as it leaves reset, and its program otherwise", () => {
    let runs = 0;
    const loader = createLoader({ chip: "ESP32", onRun: () => void runs++ });
    for (const signals of [RESET, BOOT, RUN]) loader.setSignals(signals);
    assert.equal(runs, 0);
    assert.match(String(loader.stream.read()), /boot:0x3 \(DOWNLOAD_BOOT.*\r\nwaiting for download\r\n$/s);
    for (const signals of [RESET, RUN]) loader.setSignals(signals);
    assert.equal(runs, 1);
    assert.match(String(loader.stream.read()), /boot:0x13/);
  });

  it("is not reset by both signals at once, as when a port is opened", () => {
    let runs = 0;
    const loader = createLoader({ chip: "ESP32", onRun: () => void runs++ });
    for (const signals of [{ dtr: true, rts: true }, RUN]) loader.setSignals(signals);
    assert.equal(runs, 0);
  });

  it("at its own USB starts its loader when DTR alone came before the reset, and at a UART's sequence its program", () => {
    let runs = 0;
    const loader = createLoader({ chip: "ESP32-C3", usb: true, onRun: () => void runs++ });
    for (const signals of [RUN, BOOT, { dtr: true, rts: true }, RESET, RUN]) loader.setSignals(signals);
    assert.equal(runs, 0);
    assert.match(String(loader.stream.read()), /waiting for download\r\n$/);
    for (const signals of [RESET, BOOT, RUN]) loader.setSignals(signals);
    assert.equal(runs, 1);
  });

  for (const chip of ["ESP32", "ESP32-C3", "ESP32-S3", "ESP8266"] as const) {
    for (const withStub of [false, true]) {
      for (const compress of [false, true]) {
        // An ESP8266's ROM has no compression.
        if (chip === "ESP8266" && !withStub && compress) continue;
        const how = `${compress ? "compressed" : "plain"} blocks ${withStub ? "through the program in RAM" : "by its ROM"}`;
        it(`of an ${chip} writes ${how}`, async () => {
          const { loader, tool } = await connected({ chip });
          loader.flash.bytes.fill(0x5a);
          if (withStub) await tool.runStub();
          const data = noise(50000, 3);
          await tool.writeFlash(flashing(data, compress));
          const { bytes } = loader.flash;
          assert.ok(bytes.subarray(0x20000, 0x20000 + data.length).equals(data));
          assert.equal(bytes[0x1ffff], 0x5a);
          assert.equal(bytes[0x30000], 0x5a);
        });
      }
    }
  }

  it("of an ESP8266 refuses by its ROM what only the program in RAM can", async () => {
    const { tool } = await connected({ chip: "ESP8266" });
    await assert.rejects(tool.writeFlash(flashing(noise(100, 1), true)), /unsupported command/);
    await assert.rejects(tool.eraseFlash(), /unsupported command/);
  });

  it("refuses a block whose checksum is wrong", async () => {
    const { tool } = await connected({ chip: "ESP32" });
    await tool.flashBegin(100, 0);
    tool.checksum = () => 0;
    await assert.rejects(tool.flashBlock(noise(100, 1), 0, 1000), /status 1,7/);
  });

  it("refuses what lies beyond its flash", async () => {
    const { tool } = await connected({ chip: "ESP32", flashBytes: 0x10000 });
    await assert.rejects(tool.writeFlash(flashing(noise(100, 1), true)), /status 1,1/);
  });

  it("tells each size of flash by its id", async () => {
    for (const [flashBytes, name] of [
      [0x80000, "512KB"],
      [0x100000, "1MB"],
      [0x400000, "4MB"],
      [0x1000000, "16MB"],
    ] as const) {
      const { tool } = await connected({ chip: "ESP8266", flashBytes });
      assert.equal(await tool.detectFlashSize(), name);
    }
  });
});
