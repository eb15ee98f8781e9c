/** What is printed when nobody can read it. */
import { reasonOf } from "./system-error.ts";

/** As a shell counts a program that a signal ended: 128 and SIGPIPE. */
const READER_LEFT = 141;

/** Ends the process in silence when its reader has left, as `head` does, and with one line when the disk is full. */
export function guardStreams(): void {
  const isGone = (error: unknown): boolean => (error as { code?: unknown }).code === "EPIPE";
  process.stdout.on("error", (error) => {
    if (isGone(error)) process.exit(READER_LEFT);
    process.stderr.write(`What is printed cannot be written: ${reasonOf(error)}.\n`);
    process.exit(1);
  });
  process.stderr.on("error", (error) => {
    process.exit(isGone(error) ? READER_LEFT : 1);
  });
}
