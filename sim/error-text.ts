/** The error's text and where in the program it was thrown. */
export function describeError(error: unknown): string[] {
  const stack = (error as { stack?: unknown } | null | undefined)?.stack;
  const places =
    typeof stack === "string" ? stack.split("\n").filter((line) => line.startsWith("    at ")) : [];
  // Files of a board have plain names; what has a path or a scheme is the host's.
  const own = places.filter((line) => !/[/\\]|node:/.test(line));
  return [String(error), ...own.slice(0, 4)];
}
