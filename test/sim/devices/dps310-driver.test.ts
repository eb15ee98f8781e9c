import fc from "fast-check";
import { createDps310 } from "../../../hw/sensors/dps310.ts";
import type { Dps310Options } from "../../../hw/sensors/dps310.ts";
import {
  COEFFICIENTS_ISSUE_30,
  COEFFICIENTS_SYNTHETIC,
  createDps310Model,
} from "../../../sim/devices/dps310.ts";
import type { Dps310Fault } from "../../../sim/devices/dps310.ts";
import { describeOnModel } from "./rig.ts";

type Settings = Omit<Dps310Options, "bus" | "address" | "part">;
interface Variant {
  coefficients: readonly number[];
  isExternal?: boolean;
}

const oversampling = fc.constantFrom(
  ...[1 as const, 2 as const, 4 as const, 8 as const, 16 as const, 32 as const, 64 as const, 128 as const],
);
const settings = fc.record({ temperatureOversampling: oversampling, pressureOversampling: oversampling });

for (const chip of ["dps310", "spl06"] as const) {
  describeOnModel<Variant, Settings, Dps310Fault>(chip.toUpperCase(), {
    variants: [
      { coefficients: COEFFICIENTS_SYNTHETIC },
      { coefficients: COEFFICIENTS_ISSUE_30, isExternal: false },
    ],
    createModel: (now, variant) => createDps310Model({ now, chip, ...variant }),
    createSensor: (bus, options) => createDps310({ bus, part: chip, ...options }),
    settings,
    // A step of the raw temperature, 0.0012 °C, is 0.01 Pa; one of the pressure at 16 conversions is 0.25 Pa.
    tolerance: [0.002, 0.3],
    range: [30000, 120000],
    faults: [
      ["absent", "absent"],
      ["all-ones", "wrong-id"],
      ["all-zeros", "wrong-id"],
      ["wrong-id", "wrong-id"],
      ["blank-calibration", "bad-calibration"],
      ["zero-calibration", "bad-calibration"],
      ["stuck-starting", "not-ready"],
      ["stuck-converting", "not-ready"],
      ["no-data", "no-data"],
      ["data-ones", "out-of-range"],
    ],
    laterFaults: [
      ["absent", "absent"],
      ["all-ones", "power-on-value"],
      ["all-zeros", "power-on-value"],
      ["stuck-converting", "not-ready"],
      ["no-data", "no-data"],
      ["data-ones", "out-of-range"],
    ],
    powerFaults: ["absent", "power-on-value"],
    exchangeFault: "power-on-value",
  });
}
