/**
 * Bosch's floating-point compensation of BMP388 and BMP390, apart from the bus. "388" cites BST-BMP388-DS001, "390"
 * BST-BMP390-DS002.
 */
import type { Fault, Reading } from "./sensor.ts";

// Places of the trimming words (388 §9.1, 390 §8.4 table 24).
const T1 = 0;
const T2 = 1;
const T3 = 2;
const P1 = 3;
const P2 = 4;
const P3 = 5;
const P4 = 6;
const P5 = 7;
const P6 = 8;
const P7 = 9;
const P8 = 10;
const P9 = 11;
const P10 = 12;
const P11 = 13;

/** Words of a calibration. */
export const CALIBRATION_WORDS = 14;
/** Bytes of registers 30…45: the checksum, then the words. */
export const CALIBRATION_BYTES = 22;

/** The words of two bytes, a bit for each place; the others have one. */
const WIDE = (1 << T1) | (1 << T2) | (1 << P1) | (1 << P2) | (1 << P5) | (1 << P6) | (1 << P9);

/** Fills `calibration` from registers 30…45. Gives what is wrong with it: blank words, or a checksum that does not match. */
export function decodeCalibration(calibration: Int16Array, data: Uint8Array): Fault | undefined {
  // CRC-8 with the polynomial 1D, from FF and inverted: no data sheet tells it, Bosch's own self-test refuses a part by it.
  let crc = 255;
  for (let i = 1; i < CALIBRATION_BYTES; i++) {
    // Eight steps at once: 2⁸ is 1D, which is 1 + 2² + 2³ + 2⁴, and so are the four bits that this pushes out at the top.
    crc ^= data[i];
    crc ^= (crc << 2) ^ (crc << 3) ^ (crc << 4);
    const top = crc >> 8;
    crc = (crc ^ top ^ (top << 2) ^ (top << 3) ^ (top << 4)) & 255;
  }
  let at = 1;
  for (let i = T1; i <= P11; i++) {
    // An Int16Array extends the sign of two bytes by itself; T1, T2, P5 and P6, the unsigned words, are masked where they
    // are used.
    if ((WIDE >> i) & 1) calibration[i] = data[at++] | (data[at++] << 8);
    else calibration[i] = (data[at++] << 24) >> 24;
  }
  // Whatever came is 16 bits, so all bits equal means 0 or -1, the two roots of w² + w. The checksum of FFs is not FF.
  const blank = calibration[T1] * (calibration[T1] + 1) * calibration[T2] * (calibration[T2] + 1);
  if (!blank) return "bad-calibration";
  return (crc ^ 255) === data[0] ? undefined : "crc";
}

/**
 * Temperature (°C) and pressure (Pa) from the burst that begins at 04: pressure first, least significant byte first
 * (388 §9.2 and §9.3, 390 §8.5 and §8.6). They are not judged: calibration and data decide how far they lie off.
 */
export function compensate(calibration: Int16Array, data: Uint8Array): Reading {
  let a = (data[3] | (data[4] << 8) | (data[5] << 16)) - (calibration[T1] & 0xffff) * 256;
  const t =
    (a * (calibration[T2] & 0xffff)) / 1073741824 + (((a * a) / 16777216) * calibration[T3]) / 16777216;
  const p = data[0] | (data[1] << 8) | (data[2] << 16);
  const squared = t * t;
  const cubed = squared * t;
  // What does not depend on the raw pressure, what is proportional to it, and its square and cube.
  a =
    (calibration[P5] & 0xffff) * 8 +
    ((calibration[P6] & 0xffff) / 64) * t +
    (calibration[P7] / 256) * squared +
    (calibration[P8] / 32768) * cubed;
  a +=
    p *
    ((calibration[P1] - 16384) / 1048576 +
      ((calibration[P2] - 16384) / 536870912) * t +
      (calibration[P3] / 4294967296) * squared +
      (calibration[P4] / 137438953472) * cubed);
  a += ((p * p) / 16777216) * ((calibration[P9] + calibration[P10] * t) / 16777216);
  a += (((p * p) / 4294967296) * (p / 4294967296) * calibration[P11]) / 2;
  return { temperature: t, pressure: a };
}
