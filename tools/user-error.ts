/** Something the user can put right: shown as one line, without a stack, and the process ends with `exitCode`. */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
