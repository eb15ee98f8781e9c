/**
 * The stream of a console taken apart: answers to what we asked, and lines for people. It stands in the place of the `UART`
 * of @espruino-tools/core, which knows browsers only.
 */
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { Transport } from "./transport.ts";

/** Before a typed line: it is not echoed. */
const QUIET = "\x10";
/** Begins an answer. In what is typed it is written as an escape, so that an echo is no answer. */
const MARK = "\x02";
/** Milliseconds that an answer may take unless told otherwise. */
const PATIENCE = 5000;

interface Request {
  id: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** What the console threw, in its own words. */
export class ConsoleError extends Error {}

/** A line without what moves the cursor, and without prompts before it. */
function clean(line: string): string {
  return line.replace(/\x1b\[[0-9;]*[A-Za-z]|[\r\b\0\x11\x13]/g, "").replace(/^>+/, "");
}

/** A byte string as a literal of the board's language: printable ASCII only, so that nothing in it is a key of the console. */
export function quote(bytes: string): string {
  // A backslash that is meant goes first: what follows it is no escape.
  return JSON.stringify(bytes).replace(/\\\\|\\u00([0-9a-f]{2})|[\x7f-\xff]/g, (letter, hex?: string) => {
    if (letter === "\\\\") return letter;
    return `\\x${hex ?? letter.charCodeAt(0).toString(16)}`;
  });
}

/** One console; `transport` is its own from now on. */
export class BoardConsole {
  readonly transport: Transport;
  /** The end of what came, for what shows no line: prompts, noise. */
  tail = "";
  /** How many bytes came in all. */
  received = 0;
  /** Set when the port went away: what the system said of it. */
  gone: string | undefined;
  private readonly listeners = new Set<(line: string) => void>();
  private readonly closeListeners = new Set<(reason: string) => void>();
  private readonly requests = new Map<number, Request>();
  private rest = "";
  private lastId = 0;
  private last: Promise<unknown> = Promise.resolve();
  private isQuiet = false;

  constructor(transport: Transport) {
    this.transport = transport;
    transport.onData((bytes) => {
      this.take(bytes);
    });
    transport.onClose((reason) => {
      this.lose(reason);
    });
  }

  /** Calls back with each line that is no answer; gives the removal. */
  onLine(listener: (line: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  onClose(listener: (reason: string) => void): () => void {
    this.closeListeners.add(listener);
    return () => void this.closeListeners.delete(listener);
  }

  /** Sends bytes as they are. */
  async send(bytes: string): Promise<void> {
    if (this.gone !== undefined) throw this.vanished();
    try {
      await this.transport.write(bytes);
    } catch (error) {
      this.lose((error as Error).message);
      throw this.vanished();
    }
  }

  /** Types a line without echo. */
  type(code: string): Promise<void> {
    return this.send(`${QUIET}${code}\n`);
  }

  /**
   * The value of an expression, through JSON; `undefined` comes as null. Requests wait for each other. Rejects with a
   * ConsoleError when the board throws, and with a UserError when it does not answer within `patience` ms or is gone.
   */
  request<Value>(expression: string, patience = PATIENCE): Promise<Value> {
    return this.queue(
      (mark) => `try{print(${mark}+JSON.stringify([${expression}]))}catch(e){print(${mark}+"!"+e)}`,
      patience,
    );
  }

  /** Is there a prompt that answers? Asks with as few characters as can be: a busy interpreter may lose some. */
  async answers(patience: number): Promise<boolean> {
    try {
      return (await this.queue<number>((mark) => `print(${mark}+"[23]")`, patience)) === 23;
    } catch (error) {
      if (this.gone !== undefined) throw error;
      return false;
    }
  }

  /** Connects anew after the board hung up, until `patience` ms or the need are over; false where that cannot be. */
  async reconnect(patience: number, isNeedless: () => boolean = () => false): Promise<boolean> {
    const { transport } = this;
    if (!transport.reopen) return false;
    const end = Date.now() + patience;
    while (!isNeedless() && !this.isQuiet) {
      try {
        await transport.reopen();
        this.gone = undefined;
        this.rest = "";
        return true;
      } catch {
        if (Date.now() > end) return false;
        await pause(200);
      }
    }
    return false;
  }

  /** Ends it; what happens at the port is no news any more. */
  async close(): Promise<void> {
    this.isQuiet = true;
    this.rejectAll();
    await this.transport.close();
  }

  /** The port is gone. */
  vanished(): UserError {
    const symptom = symptomOf(this.gone ?? "");
    const reason = this.gone ? ` (${this.gone})` : "";
    return new UserError(
      `${this.transport.name} went away${reason}.`,
      EXIT.PORT,
      symptom
        ? HINTS[symptom]
        : "Plug it in again and start anew: what was written is kept, and the old program still boots.",
    );
  }

  private queue<Value>(codeFor: (mark: string) => string, patience: number): Promise<Value> {
    const result = this.last.then(() => this.ask(codeFor, patience)) as Promise<Value>;
    this.last = result.catch(() => undefined);
    return result;
  }

  private async ask(codeFor: (mark: string) => string, patience: number): Promise<unknown> {
    if (this.gone !== undefined) throw this.vanished();
    const id = ++this.lastId;
    const complaints: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const removeListener = this.onLine((line) => {
      if (/^Uncaught |OUT OF MEMORY|^Execution Interrupted/.test(line)) complaints.push(line);
    });
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.requests.set(id, { id, resolve, reject });
        timer = setTimeout(() => {
          const symptom = symptomOf(complaints.join());
          if (complaints.length) reject(new ConsoleError(complaints[0]));
          else
            reject(
              new UserError(
                `${this.transport.name} does not answer.`,
                EXIT.CONSOLE,
                HINTS[symptom ?? "no prompt"],
              ),
            );
        }, patience);
        this.type(codeFor(`"\\x02${id}:"`)).catch(reject);
      });
    } finally {
      clearTimeout(timer);
      removeListener();
      this.requests.delete(id);
    }
  }

  private take(bytes: string): void {
    this.received += bytes.length;
    this.tail = (this.tail + bytes).slice(-400);
    const lines = (this.rest + bytes).split("\n");
    this.rest = lines.pop()!;
    for (const line of lines) this.takeLine(line);
  }

  private takeLine(line: string): void {
    const at = line.indexOf(MARK);
    if (at >= 0) {
      this.answer(line.slice(at + 1).trimEnd());
      return;
    }
    const text = clean(line);
    for (const listener of [...this.listeners]) listener(text);
  }

  private answer(text: string): void {
    const colon = text.indexOf(":");
    const request = this.requests.get(Number(text.slice(0, colon)));
    const body = text.slice(colon + 1);
    if (!request) return;
    if (body.startsWith("!")) request.reject(new ConsoleError(body.slice(1)));
    else {
      try {
        // The engine writes undefined as it is.
        const [value] = JSON.parse(body === "[undefined]" || body === "[]" ? "[null]" : body) as unknown[];
        request.resolve(value ?? null);
      } catch {
        request.reject(new ConsoleError(`what came back is not whole: ${body.slice(0, 60)}`));
      }
    }
  }

  private lose(reason: string): void {
    if (this.gone !== undefined || this.isQuiet) return;
    this.gone = reason;
    this.rejectAll();
    for (const listener of [...this.closeListeners]) listener(reason);
  }

  private rejectAll(): void {
    for (const request of [...this.requests.values()]) request.reject(this.vanished());
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
