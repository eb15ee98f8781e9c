import assert from "node:assert/strict";
import { CALIBRATION_WORDS, compensate, decodeCalibration } from "../../../hw/sensors/bmp388-compensation.ts";
import { burst, ELIXIR, ELIXIR_DATA, trimming, withChecksum } from "./bmp388-parts.ts";
import { assertBarometer } from "./fake-bus.ts";

function decoded(words: Uint8Array): Int16Array {
  const calibration = new Int16Array(CALIBRATION_WORDS);
  assert.equal(decodeCalibration(calibration, withChecksum(words)), undefined);
  return calibration;
}

describe("BMP388 and BMP390 compensation", () => {
  it("a real part (elixir-sensors/bmp3xx), as Bosch's floating-point API has it", () => {
    const calibration = decoded(ELIXIR);
    assert.deepEqual(
      [...calibration],
      [27427, 18776, -10, -164, -2866, 35, 0, 25578, 31086, -13, -10, 17322, 18, -60],
    );
    assertBarometer(compensate(calibration, ELIXIR_DATA), 30.4993, 100876.01, [0.0001, 0.01]);
  });

  it("Betaflight's calibration, by Bosch's formula: 101211.29 Pa, not the 39535 Pa of its own test", () => {
    const words = [27772, 18638, -10, 878, -2023, 35, 0, 24476, 30501, -13, -10, 16545, 21, -60];
    assertBarometer(
      compensate(decoded(trimming(words)), burst(7323488, 9937920)),
      48.8092,
      101211.29,
      [0.0001, 0.01],
    );
  });

  it("only T1, T2, P5 and P6 are unsigned", () => {
    const calibration = decoded(
      trimming([
        0x8000, 0x8000, 0x80, 0x8000, 0x8000, 0x80, 0x80, 0x8000, 0x8000, 0x80, 0x80, 0x8000, 0x80, 0x80,
      ]),
    );
    const [low, byte] = [-32768, -128];
    assert.deepEqual(
      [...calibration],
      [low, low, byte, low, low, byte, byte, low, low, byte, byte, low, byte, byte],
    );
    // T = (raw - T1 · 256) · T2 / 2³⁰, P = 8 · P5 + P6 / 64 · T.
    const simple = decoded(trimming([0x8000, 0x8000, 0, 16384, 16384, 0, 0, 0x8000, 0x8000, 0, 0, 0, 0, 0]));
    assertBarometer(compensate(simple, burst(0, 0x800000 + 32768 * 16)), 16, 262144 + 8192);
  });

  it("each term has its scale: one word at a time", () => {
    const at = (word: number, value: number, raw: number): number => {
      const words = [16384, 32768, 0, 16384, 16384, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      words[word] = value;
      // 16 °C.
      return compensate(decoded(trimming(words)), burst(raw, 16384 * 256 + 524288))["pressure"]!;
    };
    const p = 0x400000;
    for (const [word, value, expected] of [
      [3, 16384 + 1024, p / 1024],
      [4, 16384 + 8192, (p * 16) / 65536],
      [5, 64, (p * 256 * 64) / 2 ** 32],
      [6, 64, (p * 4096 * 64) / 2 ** 37],
      [7, 1000, 8000],
      [8, 640, 160],
      [9, 64, 64],
      [10, 64, 8],
      [11, 256, (p * p * 256) / 2 ** 48],
      [12, 64, (p * p * 64 * 16) / 2 ** 48],
      [13, 64, (p * p * p * 64) / 2 ** 65],
    ] as const) {
      assert.ok(Math.abs(at(word, value, p) - expected) < 1e-6, `word ${word}: ${at(word, value, p)}`);
    }
  });

  it("crc: any one bit flipped in the words or in the checksum is noticed", () => {
    const good = withChecksum(ELIXIR);
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const data = Uint8Array.from(good);
      data[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(decodeCalibration(new Int16Array(CALIBRATION_WORDS), data), "crc");
    }
  });

  it("bad-calibration: all 00, all FF, or T1 or T2 blank under a right checksum", () => {
    for (const blank of [0, 0xffff]) {
      for (const word of [0, 1]) {
        const words = [27427, 18776, -10, -164, -2866, 35, 0, 25578, 31086, -13, -10, 17322, 18, -60];
        words[word] = blank;
        const data = withChecksum(trimming(words));
        assert.equal(decodeCalibration(new Int16Array(CALIBRATION_WORDS), data), "bad-calibration");
      }
      const data = new Uint8Array(22).fill(blank);
      assert.equal(decodeCalibration(new Int16Array(CALIBRATION_WORDS), data), "bad-calibration");
    }
  });
});
