/** Ctrl-C, and an end that the system asks for, in the middle of work that should not be left lying about. */

/** What a shell expects of a program that a signal ended. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof CODES;

/** `work`, and when a signal comes before its end: `leave`, the line that gives on standard error, and the end of the process. */
export async function interruptible<Result>(
  work: () => Promise<Result>,
  leave: () => string | Promise<string>,
): Promise<Result> {
  const end = (signal: Signal): void => {
    void Promise.resolve(leave()).then((line) => {
      process.stderr.write(`${line}\n`);
      process.exit(CODES[signal]);
    });
  };
  const signals = Object.keys(CODES) as Signal[];
  for (const signal of signals) process.once(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.removeListener(signal, end);
  }
}
