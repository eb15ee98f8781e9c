/** Air that changes as air does: slow waves with a little unrest, from one generator. */

export interface Air {
  /** °C. */
  temperature: number;
  /** Pa. */
  pressure: number;
  /** %RH. */
  humidity: number;
}

/** Seconds of the slow wave; short enough for a person to see it move. */
const WAVE = 240;

/** The air at `seconds`; `random` gives numbers in [0, 1). */
export function airAt(seconds: number, random: () => number): Air {
  const phase = (2 * Math.PI * seconds) / WAVE;
  const unrest = (size: number): number => (random() - 0.5) * size;
  return {
    temperature: 21.5 + 1.5 * Math.sin(phase) + unrest(0.06),
    pressure: 101325 + 120 * Math.sin(phase / 3 + 1) + unrest(4),
    humidity: 47 - 4 * Math.sin(phase) + unrest(0.4),
  };
}
