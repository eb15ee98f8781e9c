import assert from "node:assert/strict";
import fc from "fast-check";
import { createMs5611 } from "../../../hw/sensors/ms5611.ts";
import type { Ms5611Options } from "../../../hw/sensors/ms5611.ts";
import { createMs5611Model, PROM_MS5607, PROM_MS5611 } from "../../../sim/devices/ms5611.ts";
import type { Ms5611Fault } from "../../../sim/devices/ms5611.ts";
import { withClock } from "../../hw/sensors/contract.ts";
import { describeOnModel } from "./rig.ts";

type Settings = Omit<Ms5611Options, "bus" | "address" | "part">;

const oversampling = fc.constantFrom(256 as const, 512 as const, 1024 as const, 2048 as const, 4096 as const);
const settings = fc.record({ temperatureOversampling: oversampling, pressureOversampling: oversampling });
/** Another part of the kind: every word a little different. */
const another = (prom: number[]): number[] => prom.map((word) => word - 16);

for (const [chip, prom] of [
  ["ms5611", PROM_MS5611],
  ["ms5607", PROM_MS5607],
] as const) {
  describeOnModel<readonly number[], Settings, Ms5611Fault>(chip.toUpperCase(), {
    variants: [prom, another(prom)],
    createModel: (now, words) => createMs5611Model({ now, chip, prom: words }),
    createSensor: (bus, options) => createMs5611({ bus, part: chip, ...options }),
    settings,
    tolerance: [0.02, 4],
    range: [1000, 120000],
    faults: [
      ["absent", "absent"],
      ["all-ones", "bad-calibration"],
      ["all-zeros", "bad-calibration"],
      ["blank-prom", "bad-calibration"],
      ["zero-prom", "bad-calibration"],
      ["flipped-bit", "crc"],
      ["stuck-converting", "not-ready"],
      ["data-ones", "out-of-range"],
    ],
    laterFaults: [
      ["absent", "absent"],
      ["all-ones", "bad-calibration"],
      ["all-zeros", "bad-calibration"],
      ["stuck-converting", "not-ready"],
      ["data-ones", "out-of-range"],
    ],
    powerFaults: ["absent", "not-ready"],
  });
}

describe("MS5611 driver on an ESP32 whose clock is set", () => {
  const clock = withClock();

  it("reads the truth whichever of its timers fires early", () => {
    for (let early = 0; early < 6; early++) {
      const model = createMs5611Model({ now: () => clock().now });
      const sensor = createMs5611({
        bus: {
          writeTo: (_address, data) => model.write(data),
          readFrom: (_address, quantity) => Uint8Array.from(model.read(quantity)),
        },
      });
      let outcome: unknown;
      sensor.sample((fault, reading) => (outcome = fault ?? reading));
      clock().runAll();
      Object.assign(model, { temperature: 30, pressure: 98000 });
      const real = globalThis.setTimeout as (...values: unknown[]) => unknown;
      let timers = 0;
      globalThis.setTimeout = ((callback: () => void, ms: number, part: unknown) =>
        real(callback, timers++ === early ? 0 : ms, part)) as typeof setTimeout;
      try {
        sensor.sample((fault, reading) => (outcome = fault ?? reading));
        clock().runAll();
      } finally {
        globalThis.setTimeout = real as typeof setTimeout;
      }
      const { temperature, pressure } = outcome as { temperature: number; pressure: number };
      assert.ok(Math.abs(temperature - 30) < 0.05 && Math.abs(pressure - 98000) < 5, `timer ${early}`);
    }
  });
});
