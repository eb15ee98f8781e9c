/** Contents of DPS310 registers, from facts with a source. */
import { bytes, createRegisterBus, hex } from "./fake-bus.ts";
import type { FakeBus } from "./fake-bus.ts";

/** Registers 10…21: synthetic, as no data sheet has an example; two independent implementations agree on them. */
export const SYNTHETIC = bytes("0C CE FB 14 24 BF 2C D2 F4 AB 05 46 DA E4 00 AA FB 50");
/** Pressure -188744 at one conversion, temperature 154665 at one. */
export const ONCE = bytes("FD 1E B8 02 5C 29");
/** Pressure -560000 at two conversions, the same temperature. */
export const TWICE = bytes("F7 74 80 02 5C 29");

/** Registers 00…05 of raw values. */
export const burst = (p: number, t: number): Uint8Array =>
  Uint8Array.from([p >> 16, p >> 8, p, t >> 16, t >> 8, t].map((byte) => byte & 255));

/** A part that is ready, and whose conversions end at once with `data`. */
export function createDps310Bus(coefficients: Uint8Array, data: Uint8Array, id = 0x10): FakeBus {
  const bus = createRegisterBus(0x77, { 0: data, 8: [0xc0], 0x0d: [id], 0x10: coefficients, 0x28: [0x80] });
  bus.onWrite = (written) => {
    if (written[0] === 0x0c) bus.registers.set([0, 0, 0xc0, 0], 6);
    if (written[0] === 8 && written.length > 1) bus.registers[8] = 0xc0 | (written[1] === 2 ? 0x20 : 0x30);
  };
  return bus;
}

export const syntheticBus = (): FakeBus => createDps310Bus(SYNTHETIC, TWICE);

export const NEXT = [
  ...["W 08 02", "W 06", "R 11 90 E0", "W 08 01", "W 06", "R 11 90 F0"],
  ...["W 00", "R F7 74 80 02 5C 29"],
];
export const START = ["W 0D", "R 10", "W 0C 09", "W 08", "R C0", "W 10", `R ${hex(SYNTHETIC)}`];
export const CORRECT = ["W 28", "R 80", "W 0E A5", "W 0F 96", "W 62 02", "W 0E 00", "W 0F 00"];
export const SET = ["W 06 11", "W 07 90", "W 09 00"];
export const FIRST = [...START, ...CORRECT, ...SET, ...NEXT];
