/** Drivers in their minified build on a simulated board, with models on its pins. */
import assert from "node:assert/strict";
import type { Fault, Reading } from "../../hw/sensors/sensor.ts";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../sim/world.ts";
import { driverBundle } from "./driver-bundle.ts";

export interface SensorRig {
  readonly world: World;
  readonly board: SimulatedBoard;
  /** One sample of the sensor in this variable of the program, from its beginning to its callback. */
  sample(variable?: string): Promise<Reading | Fault>;
  /** Ends it; fails when the program threw anything. */
  close(): void;
}

const PROGRAM = `
var outcomes = {};
function take(name, sensor) {
  outcomes[name] = undefined;
  sensor.sample(function (fault, reading) { outcomes[name] = fault || reading; });
}
`;

/** Boots a board whose program has required the driver as `driver`; `program` creates the sensors. */
export async function createSensorRig(
  kind: BoardKind,
  driver: string,
  wire: (board: SimulatedBoard, world: World) => void,
  program: string,
): Promise<SensorRig> {
  const world = createWorld();
  const storage = {
    driver: await driverBundle(driver),
    ".bootcde": PROGRAM + `var driver = require("driver");` + program,
  };
  const board = world.board({ board: kind, storage });
  wire(board, world);
  board.powerOn();
  return {
    world,
    board,
    async sample(variable = "sensor") {
      board.evaluate(`take("${variable}", ${variable})`);
      const outcome = (): unknown => board.evaluate(`outcomes["${variable}"]`);
      assert.equal(outcome(), undefined, "called back from inside sample");
      await world.runUntil(() => outcome() !== undefined, 30_000);
      const result = outcome() as Reading | Fault;
      return typeof result === "string" ? result : { ...result };
    },
    close() {
      world.close();
      assert.deepEqual(board.uncaught, []);
    },
  };
}
