/** Units that readings are told in where the configuration asks for others than °C and Pa. */

/** A value times `_factor` and `_offset` more is the value in the unit, told in steps of 1 / `_steps`. */
export interface Unit {
  _factor: number;
  _offset: number;
  _steps: number;
}

function unit(factor: number, offset: number, steps: number): Unit {
  return { _factor: factor, _offset: offset, _steps: steps };
}

/** The unit of that name for a quantity in °C or in Pa; undefined when there is none. */
export function unitOf(name: unknown, isTemperature: boolean): Unit | undefined {
  if (isTemperature) {
    if (name === "C") return unit(1, 0, 100);
    return name === "F" ? unit(1.8, 32, 100) : undefined;
  }
  // Steps of about 1 Pa.
  switch (name) {
    case "Pa":
      return unit(1, 0, 1);
    case "hPa":
      return unit(0.01, 0, 100);
    case "kPa":
      return unit(0.001, 0, 1000);
    case "bar":
      return unit(0.00001, 0, 100000);
    // International avoirdupois pound and inch.
    case "psi":
      return unit(1 / 6894.757293168, 0, 10000);
    // Conventional millimetre and inch of mercury (BS 350).
    case "mmHg":
      return unit(1 / 133.322387415, 0, 100);
    case "inHg":
      return unit(1 / 3386.388645341, 0, 1000);
  }
  return undefined;
}
