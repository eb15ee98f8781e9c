/**
 * A board at a console, as a DeviceController of @espruino-tools/core. That library's known faults are dealt with here and
 * nowhere else: its `UART` knows browsers only; `eval` resolves to `{ data, log }` and hides errors; `connect` and
 * `disconnect` pulse LEDs that a board may not have; `reset` erases the program; `loadCode` waits for nothing it wrote and
 * puts code into a template literal as it is; `upload` does not wait for `loadCode`; `getDeviceFunctions` always fails.
 */
import { DeviceController } from "@espruino-tools/core";
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import { UserError } from "../user-error.ts";
import { BoardConsole, ConsoleError, pause, quote } from "./console.ts";
import type { Transport } from "./transport.ts";

/** What a board says of itself. */
export interface BoardFacts {
  /** `process.env.BOARD`, such as "ESP32" and "ESP8266_4MB". */
  board: string;
  /** Of Espruino, such as "2v29". */
  version: string;
  /** Names of built-in modules, separated by commas. */
  modules: string;
  /** Variables: free, and all there are. */
  free: number;
  total: number;
  storage: StorageFacts;
}

/** Bytes of Storage. */
export interface StorageFacts {
  total: number;
  free: number;
  /** Of erased files: free after compaction. */
  trash: number;
  /** Names of all files. */
  files: string[];
}

const FACTS = `(function(m,s){return{board:process.env.BOARD,version:process.env.VERSION,modules:process.env.MODULES,free:m.free,total:m.total,storage:s}})(process.memory(),%)`;
const STORAGE = `(function(s,t){t=s.getStats();return{total:t.totalBytes,free:t.freeBytes,trash:t.trashBytes,files:s.list()}})(require("Storage"))`;

/** What the interpreter for Linux says to a Ctrl-C at its prompt: another one within 5 s ends it. */
const WOULD_EXIT = "Press Ctrl-C again to exit";
const EXIT_PERIOD = 5200;
/** Milliseconds that a board which is idle takes to answer, at most. */
const PROMPT = 600;
/** How often Ctrl-C is sent to a board that did not hear it, and the milliseconds between: the interpreter for Linux looks every 50. */
const BURST = 15;
const BURST_PAUSE = 60;
/** How often a question is asked. */
const TRIES = 3;

/** A stand-in for the library's UART: what its methods write and evaluate goes to the console. */
function uartOn(board: BoardConsole): unknown {
  return {
    write(data: string, callback?: (received: string) => void) {
      void board.send(data).then(() => callback?.(""));
    },
    eval(expression: string, callback: (data: unknown, log: string) => void) {
      board.request(expression).then(
        (value) => {
          callback(value, "success");
        },
        () => {
          callback(null, "failed");
        },
      );
    },
    close: () => void board.close(),
  };
}

export class Board extends DeviceController {
  readonly console: BoardConsole;

  constructor(transport: Transport) {
    super();
    this.console = new BoardConsole(transport);
    // The library's type has private members that nobody else can have.
    this.UART = uartOn(this.console) as DeviceController["UART"];
  }

  get name(): string {
    return this.console.transport.name;
  }

  /** The value of an expression; rejects with what the board throws. It may be evaluated more than once. */
  override eval<Value>(expression: string): Promise<Value> {
    return this.ask<Value>(expression);
  }

  /** The same with the milliseconds it may take; asks again where the console lost a part of the question or the answer. */
  async ask<Value>(expression: string, patience = 5000): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.console.request<Value>(expression, patience);
      } catch (error) {
        if (!this.isLoss(error) || attempt === TRIES) throw error;
        await this.breakIn();
      }
    }
  }

  /** Did the console lose characters, rather than the board object? */
  isLoss(error: unknown): boolean {
    if (error instanceof ConsoleError)
      return /SyntaxError|ReferenceError|not whole|Uncaught/.test(error.message) && !symptomOf(error.message);
    return error instanceof UserError && error.exitCode === EXIT.CONSOLE && this.console.gone === undefined;
  }

  /** Breaks in. */
  override async connect(callback?: () => void): Promise<void> {
    await this.breakIn();
    this.connected = true;
    callback?.();
  }

  override async disconnect(callback?: () => void): Promise<void> {
    this.connected = false;
    await this.console.close();
    callback?.();
  }

  override getDeviceFunctions(): Promise<void> {
    return Promise.resolve();
  }

  /**
   * Runs code once, from RAM (default), or keeps it in `.bootcde` and starts it. For a firmware use `upload` of
   * tools/board/upload.ts, which never leaves a board with half of it.
   */
  override async loadCode(code: string, flash = false): Promise<void> {
    await this.restart("reset");
    if (flash) {
      await this.eval(`require("Storage").write(".bootcde",${quote(code)})`);
      await this.restart("load");
    } else for (const line of code.split("\n")) await this.console.type(line);
  }

  override async upload(url: string, flash = false): Promise<void> {
    const response = await fetch(url);
    await this.loadCode(await response.text(), flash);
  }

  /** Ends the program in RAM and leaves flash alone. */
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- the library's gives nothing to wait for
  override reset(): Promise<void> {
    return this.restart("reset");
  }

  facts(): Promise<BoardFacts> {
    return this.eval<BoardFacts>(FACTS.replace("%", STORAGE));
  }

  storage(): Promise<StorageFacts> {
    return this.eval<StorageFacts>(STORAGE);
  }

  /** Starts the interpreter anew, without the program in flash (`reset`) or with it (`load`), and does not wait for the latter. */
  async restart(how: "reset" | "load"): Promise<void> {
    await this.console.type(`${how}()`);
    if (how === "load") return;
    // What was typed before the restart is taken after it; a console on the network is closed by it.
    await pause(100);
    if (this.console.gone !== undefined && !(await this.console.reconnect(10000)))
      throw this.console.vanished();
    await this.breakIn();
  }

  /**
   * Gets a prompt that answers, from a board that runs any program, is stuck in one or restarts again and again: asks first,
   * then breaks in with Ctrl-C. Rejects after `patience` ms and says what is there instead.
   */
  async breakIn(patience = 15000): Promise<void> {
    const end = Date.now() + patience;
    const lines: string[] = [];
    const removeListener = this.console.onLine((line) => void lines.push(line));
    try {
      for (let attempt = 1; !(await this.console.answers(PROMPT)); attempt++) {
        if (Date.now() > end) throw this.silence(lines);
        if (attempt > 2) await this.keepInterrupting();
        else await this.interrupt();
      }
    } finally {
      removeListener();
    }
  }

  /** Ctrl-C: clears a line that somebody left half typed, or ends what runs. */
  private async interrupt(): Promise<void> {
    const { console } = this;
    if (console.tail.includes(WOULD_EXIT)) {
      await pause(EXIT_PERIOD);
      console.tail = "";
    }
    await console.send("\x03");
    await pause(100);
    // The debugger takes it for itself; a second one leaves it, and with it what ran.
    if (console.tail.trimEnd().endsWith("debug>")) await console.send("\x03");
    await pause(100);
  }

  /** Again and again: a board that restarts at once listens for a moment only, and nobody knows when. */
  private async keepInterrupting(): Promise<void> {
    for (let time = 0; time < BURST && !this.console.tail.includes(WOULD_EXIT); time++) {
      await this.console.send("\x03");
      await pause(BURST_PAUSE);
    }
    await this.interrupt();
  }

  /** Why there is no prompt. */
  private silence(lines: string[]): UserError {
    const { console, name } = this;
    const all = lines.join("\n") + console.tail;
    if (!console.received)
      return new UserError(`Nothing answers at ${name}: not a byte came.`, EXIT.CONSOLE, HINTS["no prompt"]);
    if (/password>/.test(all))
      return new UserError(
        `The console at ${name} asks for a password.`,
        EXIT.CONSOLE,
        "Take it off with E.setPassword() there.",
      );
    const symptom = symptomOf(all);
    const last = lines.findLast((line) => line.trim() !== "") ?? "";
    const noise = all.replace(/[\t\n\r\x1b -~]/g, "").length / all.length;
    if (!symptom && noise > 0.2)
      return new UserError(`What comes from ${name} is no text.`, EXIT.CONSOLE, HINTS.garbage);
    return new UserError(
      `No prompt at ${name}; it says: ${last.slice(0, 100)}`,
      EXIT.CONSOLE,
      HINTS[symptom ?? (/^(rst:| ets |ristretto )/m.test(all) ? "boot loop" : "no prompt")],
    );
  }
}

export { ConsoleError };
