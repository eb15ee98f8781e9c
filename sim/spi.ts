import type { SPI, SPIConstructor } from "../hw/espruino.d.ts";
import type { BitBangOptions } from "./onewire.ts";

/** From one change of a pin to the next, in jsspiSoftwareFunc (µs); a board at 160 MHz takes about as long. */
const BIT_US = 1;

/** `SPI` in software and without a clock pin, mode 0 (src/jsspi.c): `mosi` changes, `miso` is read. */
export function createSpi({ realm, pins, time, delay }: BitBangOptions): SPIConstructor {
  return function SPI(): SPI {
    let wires: { mosi: string; miso: string } | undefined;

    function exchange(byte: number): number {
      let result = 0;
      for (let bit = 7; bit >= 0; bit--) {
        pins.drive(wires!.mosi, "output", ((byte >> bit) & 1) as 0 | 1, time());
        delay(BIT_US);
        result |= pins.sense(wires!.miso, time()) << bit;
      }
      return result;
    }

    return realm.record<SPI>({
      setup({ mosi, miso }) {
        wires = { mosi: String(mosi), miso: String(miso) };
        pins.drive(wires.miso, "input", undefined, time());
        pins.drive(wires.mosi, "output", undefined, time());
      },
      send(data) {
        if (!wires) throw realm.error("Error", "SPI not initialised");
        return realm.bytes(Array.from(data, (byte) => exchange(byte & 255)));
      },
    });
  } as unknown as SPIConstructor;
}
