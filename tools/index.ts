/** What the package offers to programs: the uploader, the configuration, the bundle, and the simulated board. */
export { Board } from "./board/board.ts";
export type { BoardFacts, StorageFacts } from "./board/board.ts";
export { BoardConsole, ConsoleError } from "./board/console.ts";
export type { FirstReading } from "./board/follow.ts";
export type { Transport } from "./board/transport.ts";
export { upload } from "./board/upload.ts";
export type { UploadEvent, UploadPlan, UploadResult } from "./board/upload.ts";
export { buildNode } from "./bundle/build.ts";
export type { NodeBundle } from "./bundle/build.ts";
export { estimate } from "./bundle/estimate.ts";
export type { Estimate } from "./bundle/estimate.ts";
export { checkNode, loadNode, readNodeFile } from "./configuration/node-file.ts";
export type { Checked, NodeFile, NodeSensor } from "./configuration/node.ts";
export { EXIT } from "./exit-code.ts";
export { HINTS } from "./hints.ts";
export { attachPart } from "./parts.ts";
export type { Part, Place, SensorSettings } from "./parts.ts";
export { listPorts } from "./ports/list.ts";
export type { Port } from "./ports/list.ts";
export { openPort } from "./ports/open.ts";
export { openSimulated } from "./ports/simulated.ts";
export { nodeSchema } from "./schema/node.ts";
export { UserError } from "./user-error.ts";
export type { Air } from "./weather.ts";
export { createWorld, duplexOf, NoAcknowledge } from "../sim/world.ts";
export type {
  AccessPoint,
  BoardKind,
  BoardOptions,
  Bus,
  BusDevice,
  Network,
  Peer,
  PinDevice,
  Pins,
  SimulatedBoard,
  Verdict,
  World,
  WorldOptions,
} from "../sim/world.ts";
