/** The drivers that the ready-made firmware carries, by the `type` of a sensor's configuration. */
import type { Board } from "./board.ts";
import type { SensorConfig } from "./config.ts";
import type { Driver } from "./node.ts";
import { createBme280 } from "./sensors/bme280.ts";

/** The I²C bus a sensor's configuration asks for. */
function busOf(board: Board, config: SensorConfig): ReturnType<Board["createI2C"]> {
  const pins = { data: config.data || board.i2cPins.data, clock: config.clock || board.i2cPins.clock };
  return board.createI2C(pins, config.hz || 100000);
}

/** A function, so that nothing of it stays in memory after the start. */
export function drivers(): { [type: string]: Driver } {
  return {
    bme280: function (board, config) {
      const bus = busOf(board, config);
      return createBme280({ bus: bus, address: config.address as 0x76 | 0x77 | undefined });
    },
  };
}
