/**
 * What the process ends with: one number for each stage on the way from a configuration to a board that publishes, so that
 * a script knows how far it came. 0 is success, and 1 an argument that cannot be, or what no stage stands for.
 */
export const EXIT = {
  /** The configuration, its secrets or the bundle cannot be used. */
  CONFIGURATION: 2,
  /** The port is not there, is taken, or went away. */
  PORT: 3,
  /** Something is at the port, but no Espruino that answers. */
  CONSOLE: 4,
  /** The board is another one, too old, or has no room. */
  BOARD: 5,
  /** Writing failed, or what is read back differs. */
  WRITE: 6,
  /** It was written and started, but no reading was acknowledged. */
  START: 7,
  /** The chip's loader does not answer, or firmware and chip do not fit. */
  FLASH: 8,
  /** No way to the broker. */
  BROKER: 9,
  /** The node is offline, does not answer, or refuses. */
  NODE: 10,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
