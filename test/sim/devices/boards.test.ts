/** Drivers and models with the two boards' own I²C between them: their errors differ, the faults do not. */
import assert from "node:assert/strict";
import { tableOf } from "../../../boards/named.ts";
import type { I2CBus } from "../../../hw/io/i2c.ts";
import { createBmp180 } from "../../../hw/sensors/bmp180.ts";
import { createBmp388 } from "../../../hw/sensors/bmp388.ts";
import { createDps310 } from "../../../hw/sensors/dps310.ts";
import { createMs5611 } from "../../../hw/sensors/ms5611.ts";
import type { Fault, Reading, Sensor } from "../../../hw/sensors/sensor.ts";
import { createBus } from "../../../sim/bus.ts";
import type { Bus } from "../../../sim/bus.ts";
import type { BarometerModel } from "../../../sim/devices/barometer.ts";
import { createBmp180Model } from "../../../sim/devices/bmp180.ts";
import { createBmp388Model } from "../../../sim/devices/bmp388.ts";
import { createDps310Model } from "../../../sim/devices/dps310.ts";
import { createMs5611Model } from "../../../sim/devices/ms5611.ts";
import { createI2c } from "../../../sim/i2c.ts";
import type { Realm } from "../../../sim/realm.ts";
import { withClock } from "../../hw/sensors/contract.ts";

interface Part {
  address: number;
  create(bus: I2CBus): Sensor<never>;
  createModel(now: () => number): BarometerModel<string>;
}

const PARTS: Record<string, Part> = {
  BMP180: {
    address: 0x77,
    create: (bus) => createBmp180({ bus }),
    createModel: (now) => createBmp180Model({ now }),
  },
  BMP388: {
    address: 0x76,
    create: (bus) => createBmp388({ bus }),
    createModel: (now) => createBmp388Model({ now }),
  },
  MS5611: {
    address: 0x77,
    create: (bus) => createMs5611({ bus }),
    createModel: (now) => createMs5611Model({ now }),
  },
  DPS310: {
    address: 0x77,
    create: (bus) => createDps310({ bus }),
    createModel: (now) => createDps310Model({ now }),
  },
};

/** What a board's programs see of the simulator, without an interpreter around it. */
const realm = {
  error: (type: string, message: string) => Object.assign(new Error(message), { type }),
  record: (members: object) => members,
  bytes: (data: number[]) => Uint8Array.from(data),
} as unknown as Realm;

for (const board of ["ESP32", "ESP8266"] as const) {
  describe(`barometers on the I²C of ${board}`, () => {
    const clock = withClock();

    function makeRig({ address, create, createModel }: Part): {
      bus: Bus;
      model: BarometerModel<string>;
      sample: () => Reading | Fault;
      attach: () => void;
    } {
      const bus = createBus();
      const model = createModel(() => clock().now);
      const attach = (): void => bus.attach(address, model);
      attach();
      const i2c = createI2c({ table: tableOf(board), realm, bus, block: () => undefined });
      i2c.setup({} as never);
      const sensor = create(i2c);
      const sample = (): Reading | Fault => {
        let outcome: Reading | Fault | undefined;
        sensor.sample((fault, reading) => (outcome = fault ?? reading));
        clock().runAll();
        return outcome!;
      };
      return { bus, model, sample, attach };
    }

    for (const [name, part] of Object.entries(PARTS)) {
      it(`${name}: pulled off is absent, a line held low is a fault, and both heal`, () => {
        const { bus, model, sample, attach } = makeRig(part);
        const assertTruth = (): void => {
          const outcome = sample();
          assert.ok(typeof outcome === "object", JSON.stringify(outcome));
          assert.ok(Math.abs(outcome["pressure"]! - model.pressure) < 8);
        };
        assertTruth();
        bus.detach(part.address);
        assert.equal(sample(), "absent");
        assert.equal(sample(), "absent");
        attach();
        assertTruth();
        for (let i = 0; i < 2; i++) {
          bus.stuck = true;
          const fault = sample();
          assert.ok(typeof fault === "string");
          if (board === "ESP32") assert.equal(fault, "absent");
          bus.stuck = false;
          model.pressure -= 1000;
          assertTruth();
        }
      });
    }
  });
}
