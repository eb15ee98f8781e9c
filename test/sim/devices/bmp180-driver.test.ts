import fc from "fast-check";
import { createBmp180 } from "../../../hw/sensors/bmp180.ts";
import {
  CALIBRATION_DATA_SHEET,
  CALIBRATION_PERIPH,
  createBmp180Model,
} from "../../../sim/devices/bmp180.ts";
import type { Bmp180Fault } from "../../../sim/devices/bmp180.ts";
import { describeOnModel } from "./rig.ts";

describeOnModel<number[], { pressureOversampling: 1 | 2 | 4 | 8 }, Bmp180Fault>("BMP180", {
  variants: [CALIBRATION_PERIPH, CALIBRATION_DATA_SHEET],
  createModel: (now, calibration) => createBmp180Model({ now, calibration }),
  createSensor: (bus, settings) => createBmp180({ bus, ...settings }),
  settings: fc.record({ pressureOversampling: fc.constantFrom(1, 2, 4, 8) }),
  // A step of the raw temperature, and the integers that the model turns round.
  tolerance: [0.05, 8],
  range: [30000, 110000],
  faults: [
    ["absent", "absent"],
    ["deaf", "power-on-value"],
    ["all-ones", "wrong-id"],
    ["all-zeros", "wrong-id"],
    ["wrong-id", "wrong-id"],
    ["blank-calibration", "bad-calibration"],
    ["zero-calibration", "bad-calibration"],
    ["cut-calibration", "bad-calibration"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["data-ones", "no-data"],
    ["data-zeros", "no-data"],
  ],
  laterFaults: [
    ["absent", "absent"],
    ["deaf", "no-data"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["data-ones", "no-data"],
  ],
  powerFaults: ["absent", "power-on-value"],
});
