import assert from "node:assert/strict";
import { CALIBRATION_WORDS, compensate, decodeCalibration } from "../../../hw/sensors/bmp180-compensation.ts";
import { DATA_SHEET, PERIPH } from "./bmp180-parts.ts";
import { assertBarometer } from "./fake-bus.ts";

function decoded(data: Uint8Array): Int16Array {
  const calibration = new Int16Array(CALIBRATION_WORDS);
  assert.equal(decodeCalibration(calibration, data), true);
  return calibration;
}

/** The data sheet's integers are rounded, this is not. */
const TOLERANCE: [number, number] = [0.06, 5];

describe("BMP180 compensation", () => {
  it("the worked example of data sheet §3.5 figure 4: 15.0 °C, 69964 Pa", () => {
    const calibration = decoded(DATA_SHEET);
    assert.deepEqual([...calibration], [408, -72, -14383, 32741, 32757, 23153, 6190, 4, -32768, -8711, 2868]);
    assertBarometer(compensate(calibration, 27898, 23843), 15, 69964, TOLERANCE);
  });

  for (const [ut, temperature, pressure] of [
    [27898, 15, 99998],
    [24342, -20.06, 92251],
    [33315, 54.9, 108922],
  ] as const) {
    it(`Betaflight: raw temperature ${ut} at oss 3 is ${temperature} °C, ${pressure} Pa`, () => {
      assertBarometer(compensate(decoded(DATA_SHEET), ut, 271097 / 8), temperature, pressure, TOLERANCE);
    });
  }

  it("a real part (periph.io): 25.3 °C, 100570 Pa", () => {
    assertBarometer(compensate(decoded(PERIPH), 0x71bf, 0xab96), 25.3, 100570, TOLERANCE);
  });

  it("AC4, AC5 and AC6 are unsigned, the rest is signed", () => {
    const words = [0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 0x8007, 0x8008, 0x8009, 0x800a];
    const data = Buffer.alloc(22);
    words.forEach((word, i) => data.writeUInt16BE(word, 2 * i));
    const calibration = decoded(data);
    assert.deepEqual(
      [...calibration].map((word) => word & 0xffff),
      words,
    );
    // B5 = 8000, B4 = 32768; with any of the three negative it would be another sign.
    const warm = Int16Array.from([0, 0, 0, -32768, -32768, -32768, 0, 0, 0, 0, 1]);
    assertBarometer(compensate(warm, 32768 + 8000, 16384), 50, 49996.65, [0, 0.01]);
  });

  it("any word of 0000 or FFFF refuses the calibration, 0001 and FFFE do not", () => {
    for (let word = 0; word < CALIBRATION_WORDS; word++) {
      for (const value of [0x0000, 0xffff, 0x0001, 0xfffe]) {
        const data = Buffer.from(DATA_SHEET);
        data.writeUInt16BE(value, 2 * word);
        const isBlank = value === 0 || value === 0xffff;
        assert.equal(decodeCalibration(new Int16Array(CALIBRATION_WORDS), data), !isBlank);
      }
    }
  });
});
