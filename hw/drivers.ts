/**
 * The drivers that the ready-made firmware carries, by the `type` of a sensor's configuration. A driver more is an import
 * and an entry here. On the board only those exist that its configuration names: the build declares what is reached from
 * one entry alone on that condition (build/demand.mjs).
 */
import type { Board } from "./board.ts";
import type { SensorConfig } from "./config.ts";
import type { Drivers } from "./driver.ts";
import type { Pin } from "./espruino.d.ts";
import { createBme280 } from "./sensors/bme280.ts";
import { createBmp180 } from "./sensors/bmp180.ts";
import { createBmp388 } from "./sensors/bmp388.ts";
import { createCurrentLoop } from "./sensors/current-loop.ts";
import { createDht22 } from "./sensors/dht22.ts";
import { createDps310 } from "./sensors/dps310.ts";
import { createDs18b20 } from "./sensors/ds18b20.ts";
import { createHx711 } from "./sensors/hx711.ts";
import { createMs5611 } from "./sensors/ms5611.ts";
import { createNtc } from "./sensors/ntc.ts";
import { createTransducer } from "./sensors/transducer.ts";

/** A function, so that nothing of it stays in memory after the start. */
// eslint-disable-next-line max-lines-per-function -- a table
export function drivers(): Drivers {
  const i2c = "data clock hz address ";
  const analog = "pin fullScale samples ";

  // The configuration becomes the options: both have the same names, and nobody needs the configuration after that.

  /** What the I²C bus was set up with. */
  let busInUse: string | undefined;

  /** With the I²C bus a sensor's configuration asks for: a board has one. */
  function onI2C(board: Board, config: SensorConfig): never {
    const hz = config.hz || 100000;
    const asked = "" + config.data + config.clock + hz;
    if (busInUse && busInUse !== asked) throw "data: must be what the first I2C part has, as clock and hz";
    busInUse = asked;
    config.bus = board.createI2C(config, hz);
    return config as never;
  }

  /** With the pin that the option `name` names. */
  function onPin(config: SensorConfig, name: string): never {
    let pin: Partial<Pin> = {};
    try {
      pin = new Pin(config[name] as string);
    } catch {
      // Some boards throw, others make a pin that can do nothing.
    }
    if (!pin.read) throw name + ": must be a pin, such as D4";
    config[name] = pin;
    return config as never;
  }

  return {
    bme280: () => ({
      fields: i2c + "temperatureOversampling pressureOversampling humidityOversampling filter",
      create: (board, config) => createBme280(onI2C(board, config)),
    }),
    bmp180: () => ({
      fields: i2c + "pressureOversampling",
      create: (board, config) => createBmp180(onI2C(board, config)),
    }),
    bmp388: () => ({
      fields: i2c + "temperatureOversampling pressureOversampling filter",
      create: (board, config) => createBmp388(onI2C(board, config)),
    }),
    ms5611: () => ({
      fields: i2c + "part temperatureOversampling pressureOversampling",
      create: (board, config) => createMs5611(onI2C(board, config)),
    }),
    dps310: () => ({
      fields: i2c + "part temperatureOversampling pressureOversampling",
      create: (board, config) => createDps310(onI2C(board, config)),
    }),
    ds18b20: () => ({
      fields: "pin rom resolution",
      create(_board, config) {
        onPin(config, "pin");
        config.wire = new OneWire(config.pin as Pin);
        return createDs18b20(config as never);
      },
    }),
    dht22: () => ({
      fields: "pin part",
      create: (_board, config) => createDht22(onPin(config, "pin")),
    }),
    hx711: () => ({
      fields: "data clock part gain rate supply range sensitivity zero",
      create(_board, config) {
        onPin(config, "data");
        return createHx711(onPin(config, "clock"));
      },
    }),
    ntc: () => ({
      fields: analog + "series pullUp supply resistance beta steinhart minimum maximum",
      create: (_board, config) => createNtc(onPin(config, "pin")),
    }),
    transducer: () => ({
      fields: analog + "range divider supply",
      create: (_board, config) => createTransducer(onPin(config, "pin")),
    }),
    "current-loop": () => ({
      fields: analog + "shunt quantity range",
      create: (_board, config) => createCurrentLoop(onPin(config, "pin")),
    }),
  };
}
