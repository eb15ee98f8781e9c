/** Voltages as drivers read them. */
import type { Pin } from "../espruino.d.ts";

/** A pin with an ADC: D32…D39 of an ESP32 and D0…D4 of an ESP32-C3 (12 bits), A0 of an ESP8266 (10 bits). */
export type AnalogPin = Pick<Pin, "analog">;

/** What every driver of an analog part is told about its pin. */
export interface AnalogOptions {
  /** Fixed at creation: `configure` passes over it. */
  pin: AnalogPin;
  /**
   * Volts at the pin that read full, 0.1…24, default 3.3; measured it is worth some per cent of accuracy. ESP32 about 3.3,
   * ESP8266 1 at the chip and 3.3 on boards with a divider.
   */
  fullScale?: number;
  /** Conversions averaged into one sample, 1…64, default 8: noise falls with the square root; a few tenths of a ms each. */
  samples?: number;
}

/** What a driver's record has for the functions below. */
export interface AnalogPart {
  _pin: AnalogPin;
  _fullScale: number;
  _samples: number;
}

/** From here on the ADC may be at its end: 1023/1024 on ESP8266, 4095/4096 on ESP32. */
export const FULL = 0.999;

/** Volts at the pin; Infinity when they reached the end of the range, where they could be any more. */
export function readVolts(part: AnalogPart): number {
  let sum = 0;
  for (let i = 0; i < part._samples; i++) {
    const ratio = part._pin.analog();
    if (ratio >= FULL) return Infinity;
    sum += ratio;
  }
  return (sum / part._samples) * part._fullScale;
}

/** The pin, when it has an ADC; throws otherwise. */
export function analogPin(pin: AnalogPin): AnalogPin {
  const ratio = pin.analog();
  // NaN is no number that equals itself.
  if (ratio !== ratio)
    throw "pin: must have an ADC: D32 to D39 on ESP32, D0 to D4 on ESP32-C3, A0 on ESP8266";
  return pin;
}
