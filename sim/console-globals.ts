import type { Boot } from "./boot.ts";

/** What a console's own functions ask of the board. */
export interface ConsoleHost {
  /** Starts the interpreter anew, with the program in flash or without, once the line that asked for it has ended. */
  restart(how: "load" | "reset"): void;
  echo(on: boolean): void;
  /** Files in flash. */
  files: Map<string, string>;
  print(line: string): void;
}

/** Files that hold a program which starts by itself. */
const SAVED_CODE = [".varimg", ".bootcde", ".bootrst"];

/**
 * Adds what a person or a program at the console finds beyond hw/espruino.d.ts, which is all that a program in flash may use:
 * just enough to upload.
 */
export function addConsoleGlobals({ realm, loop, chance }: Boot, host: ConsoleHost): void {
  const { E } = realm.globals as { E: Record<string, unknown> };
  const removeCode = (): void => SAVED_CODE.forEach((name) => void host.files.delete(name));
  Object.assign(E, {
    hwRand: () => chance.next(),
    setTimeZone: () => undefined,
    setBootCode(code?: string, always?: boolean) {
      removeCode();
      if (code) host.files.set(always ? ".bootrst" : ".bootcde", code);
    },
  });
  const globals = {
    load: () => host.restart("load"),
    reset(clear?: boolean) {
      if (clear) {
        removeCode();
        host.print("Erasing saved code.\nDone!");
      }
      host.restart("reset");
    },
    echo: (on: unknown) => host.echo(Boolean(on)),
    setTime: (seconds: number) => void (loop.clockOffset = seconds * 1000 - loop.uptime()),
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(realm.globals, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
}
