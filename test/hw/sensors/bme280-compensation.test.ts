import assert from "node:assert/strict";
import fc from "fast-check";
import { CALIBRATION_WORDS, compensate, decodeCalibration } from "../../../hw/sensors/bme280-compensation.ts";
import { check } from "../../support/arbitraries.ts";
import {
  bytes,
  lowRegisters,
  burst,
  assertReading,
  B1_WORDS,
  B1_LOW,
  E1_LOW,
  E1_HIGH,
  E1_DATA,
  E2_LOW,
  E2_HIGH,
  E2_DATA,
} from "./bme280-parts.ts";

/** Is the calibration in these registers one to calculate with? */
const judge = (low: Uint8Array, high?: Uint8Array): boolean =>
  decodeCalibration(new Int16Array(CALIBRATION_WORDS), low, high);

function decoded(low: Uint8Array, high?: Uint8Array): Int16Array {
  const calibration = new Int16Array(CALIBRATION_WORDS);
  assert.equal(decodeCalibration(calibration, low, high), true);
  return calibration;
}

describe("BME280 and BMP280 compensation", () => {
  it("B1, the worked example of BMP280 data sheet §3.12", () => {
    const data = bytes("65 5A C0 7E ED 00");
    assert.deepEqual(data, burst(519888, 415148));
    assertReading(compensate(decoded(B1_LOW), data), 25.08248, 100653.27);
  });

  it("B2, Betaflight's pressure beyond the range is computed, not bent", () => {
    assertReading(compensate(decoded(B1_LOW), burst(519888, 215148)), 25.08248, 135382.2);
  });

  for (const [adcT, temperature, pressure] of [
    [400000, -12.6436, 94916.33],
    [350000, -28.4741, 92562.28],
    [300000, -44.3614, 90238.33],
  ] as const) {
    it(`B3, cold: raw temperature ${adcT} is ${temperature} °C`, () => {
      assertReading(compensate(decoded(B1_LOW), burst(adcT, 415148)), temperature, pressure);
    });
  }

  it("B4, a P1 of 0 is refused as a calibration", () => {
    const low = lowRegisters(B1_WORDS.map((word, i) => (i === 3 ? 0 : word)));
    assert.equal(judge(low), false);
  });

  it("E1, a real BME280 (elixir-sensors/bmp280)", () => {
    const calibration = decoded(E1_LOW, E1_HIGH);
    assert.deepEqual([...calibration.slice(12)], [75, 338, 0, 380, 50, 30]);
    assertReading(compensate(calibration, E1_DATA), 26.74597, 100391.49, 56.0918);
  });

  it("E1 agrees with Bosch's C in double precision to the last bit, H3 of 20 included", () => {
    assert.deepEqual(compensate(decoded(E1_LOW, E1_HIGH), E1_DATA), {
      temperature: 26.74596725741867,
      pressure: 100391.47981168606,
      humidity: 56.091770000469182,
    });
    const high = bytes("52 01 14 17 2C 03 1E");
    assert.equal(compensate(decoded(E1_LOW, high), E1_DATA)["humidity"], 57.11531189408251);
  });

  it("E2, a real BME280 (periph.io), with and without humidity", () => {
    const calibration = decoded(E2_LOW, E2_HIGH);
    assert.deepEqual([...calibration.slice(15, 17)], [309, 0]);
    assertReading(compensate(calibration, E2_DATA), 23.72209, 100942.97, 65.3061);
    assertReading(compensate(decoded(E2_LOW), E2_DATA.slice(0, 6)), 23.72209, 100942.97);
  });

  it("E3, a negative H5 keeps its sign", () => {
    const calibration = decoded(E1_LOW, bytes("52 01 00 17 DC FD 1E"));
    assert.equal(calibration[16], -35);
    assertReading(compensate(calibration, E1_DATA), 26.74597, 100391.49, 57.717);
  });

  for (const [raw, humidity] of [
    ["48 00", 0],
    ["60 00", 0.3838],
    ["A0 00", 86.0689],
    ["B0 00", 100],
  ] as const) {
    it(`E4, raw humidity ${raw} is ${humidity} %RH`, () => {
      const data = bytes("45 59 40 82 F3 00 " + raw);
      assertReading(compensate(decoded(E1_LOW, E1_HIGH), data), 26.74597, 100391.49, humidity);
    });
  }

  it("M1, periph.io's integer test, against Bosch's floating point", () => {
    const low = lowRegisters([28176, 26220, 350, 38237, -10824, 3024, 7799, -99, -7, 9900, -10230, 4285], 75);
    const high = bytes("6E 01 00 13 05 00 1E");
    assertReading(compensate(decoded(low, high), burst(524112, 309104, 30987)), 22.9313, 100043.25, 63.166);
  });

  it("only T1 and P1 are unsigned; H4, H5 and H6 are signed at both ends", () => {
    const low = lowRegisters(Array<number>(12).fill(0x8000), 0xff);
    const calibration = decoded(low, bytes("00 80 FF 80 0F 80 80"));
    assert.deepEqual([...calibration.slice(12)], [255, -32768, 255, -2033, -2048, -128]);
    assert.deepEqual(
      [...decoded(low, bytes("FF 7F FF 7F F0 7F 7F")).slice(13)],
      [32767, 255, 2032, 2047, 127],
    );
    // A part with only T2 and P1 set: raw 0 with T1 = 32768 lies below it, with -32768 it would lie above.
    const warm = decoded(lowRegisters([0x8000, 1000, 0, 0x8000, 0, 0, 0, 0, 0, 0, 0, 0]));
    assertReading(compensate(warm, burst(0, 1048576 - 524288)), -6.25, 100000);
  });

  it("a calibration with T1, P1 or H2 all zeros or all ones is refused", () => {
    for (const blank of [0, 0xffff]) {
      assert.equal(judge(lowRegisters(B1_WORDS.map((word, i) => (i === 0 ? blank : word)))), false);
      assert.equal(judge(lowRegisters(B1_WORDS.map((word, i) => (i === 3 ? blank : word)))), false);
      assert.equal(judge(E1_LOW, new Uint8Array(7).fill(blank)), false);
    }
    assert.equal(judge(new Uint8Array(26)), false);
    assert.equal(judge(new Uint8Array(26).fill(255)), false);
    assert.equal(judge(lowRegisters([1, 0, 0, 0xfffe, 0, 0, 0, 0, 0, 0, 0, 0])), true);
  });

  it("whatever the registers hold, the words are those that a DataView reads there", () => {
    const registers = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    check(
      fc.property(registers(26), registers(7), fc.boolean(), (low, high, isBme280) => {
        const words = new DataView(low.buffer, low.byteOffset);
        const humidity = new DataView(high.buffer, high.byteOffset);
        const expected = Array.from({ length: 12 }, (_, i) => words.getInt16(2 * i, true));
        if (isBme280) {
          // 12 bits of two bytes, one of which has four of either word.
          const h4 = humidity.getInt8(3) * 16 + (high[4]! & 15);
          const h5 = humidity.getInt8(5) * 16 + (high[4]! >> 4);
          expected.push(low[25]!, humidity.getInt16(0, true), high[2]!, h4, h5, humidity.getInt8(6));
        }
        // What another part left.
        const calibration = new Int16Array(CALIBRATION_WORDS).fill(5);
        const isGood = decodeCalibration(calibration, low, isBme280 ? high : undefined);
        assert.deepEqual([...calibration.slice(0, expected.length)], expected);
        if (!isBme280) assert.equal(calibration[13], 0);
        const divisors = [0, 3, ...(isBme280 ? [13] : [])].map((place) => expected[place]);
        assert.equal(isGood, !divisors.some((word) => word === 0 || word === -1));
      }),
      2000,
    );
  });
});
