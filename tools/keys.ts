/** Keys that a person presses, or letters that a program writes to the standard input. */

/** Calls `onKey` for each; returns what gives the terminal back. */
export function listenToKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  const listener = (text: string): void => {
    // Raw mode hands over Ctrl-C and Ctrl-D instead of acting on them.
    for (const key of text) onKey(key === "\x03" || key === "\x04" ? "q" : key);
  };
  stdin.on("data", listener);
  return () => {
    stdin.off("data", listener);
    if (stdin.isTTY) stdin.setRawMode(false);
    // A pipe that its writer keeps open must not keep this process alive; a file cannot.
    stdin.pause();
    if ("unref" in stdin) stdin.unref();
  };
}
