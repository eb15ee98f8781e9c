/**
 * Something the user can put right: shown as one line, the message and then the hint, without a stack; the process ends with
 * `exitCode`, of which tools/exit-code.ts has the list.
 */
export class UserError extends Error {
  readonly exitCode: number;
  /** What to try, a sentence; hints for what is known to happen stand in tools/hints.ts. */
  readonly hint: string | undefined;

  constructor(message: string, exitCode = 1, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  /** All of it, in one line. */
  get line(): string {
    return this.hint === undefined ? this.message : `${this.message} ${this.hint}`;
  }
}
