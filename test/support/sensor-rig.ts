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
  /** Samples of several sensors, begun in the same turn; `during` has its way before time passes any further. */
  sampleAll(variables: readonly string[], during?: () => Promise<void>): Promise<(Reading | Fault)[]>;
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
  const outcome = (variable: string): unknown => board.evaluate(`outcomes["${variable}"]`);
  const rig: SensorRig = {
    world,
    board,
    async sample(variable = "sensor") {
      const [result] = await rig.sampleAll([variable]);
      return result!;
    },
    async sampleAll(variables, during) {
      for (const variable of variables) {
        board.evaluate(`take("${variable}", ${variable})`);
        assert.equal(outcome(variable), undefined, "called back from inside sample");
      }
      await during?.();
      await world.runUntil(() => variables.every((variable) => outcome(variable) !== undefined), 30_000);
      return variables.map((variable) => {
        const result = outcome(variable) as Reading | Fault;
        return typeof result === "string" ? result : { ...result };
      });
    },
    close() {
      world.close();
      assert.deepEqual(board.uncaught, []);
    },
  };
  return rig;
}
