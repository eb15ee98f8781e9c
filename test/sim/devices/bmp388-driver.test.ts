import fc from "fast-check";
import { createBmp388 } from "../../../hw/sensors/bmp388.ts";
import type { Bmp388Options } from "../../../hw/sensors/bmp388.ts";
import {
  CALIBRATION_BETAFLIGHT,
  CALIBRATION_ELIXIR,
  createBmp388Model,
} from "../../../sim/devices/bmp388.ts";
import type { Bmp388Fault } from "../../../sim/devices/bmp388.ts";
import { describeOnModel } from "./rig.ts";

type Settings = Omit<Bmp388Options, "bus" | "address">;
interface Variant {
  chip: "bmp388" | "bmp390";
  calibration: readonly number[];
}

const oversampling = fc.constantFrom(
  1 as const,
  2 as const,
  4 as const,
  8 as const,
  16 as const,
  32 as const,
);

describeOnModel<Variant, Settings, Bmp388Fault>("BMP388 and BMP390", {
  variants: [
    { chip: "bmp388", calibration: CALIBRATION_ELIXIR },
    { chip: "bmp390", calibration: CALIBRATION_BETAFLIGHT },
    { chip: "bmp390", calibration: CALIBRATION_ELIXIR },
  ],
  createModel: (now, variant) => createBmp388Model({ now, ...variant }),
  createSensor: (bus, settings) => createBmp388({ bus, ...settings }),
  settings: fc.record({
    temperatureOversampling: oversampling,
    pressureOversampling: oversampling,
    filter: fc.constant(0 as const),
  }),
  // Half a step of the 16 bits of one conversion.
  tolerance: [0.003, 4],
  range: [30000, 125000],
  faults: [
    ["absent", "absent"],
    ["all-ones", "wrong-id"],
    ["all-zeros", "wrong-id"],
    ["wrong-id", "wrong-id"],
    ["blank-calibration", "bad-calibration"],
    ["zero-calibration", "bad-calibration"],
    ["flipped-bit", "crc"],
    ["stuck-starting", "not-ready"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["fatal", "no-data"],
    ["data-ones", "out-of-range"],
  ],
  laterFaults: [
    ["absent", "absent"],
    ["all-ones", "power-on-value"],
    ["all-zeros", "power-on-value"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["fatal", "no-data"],
    ["data-ones", "out-of-range"],
  ],
  powerFaults: ["absent", "power-on-value"],
  exchangeFault: "power-on-value",
});
