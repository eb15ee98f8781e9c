/**
 * The console of a board as what is at the other end of its serial line sees it: Espruino's prompt, echo and line editing, as
 * jsiHandleConsoleChar and jsiHandleNewLine of src/jsinteractive.c have them. What the interpreter for Linux answered to the
 * same bytes stands in test/sim/terminal.test.ts.
 */
import { showValue } from "./value-text.ts";

/** The serial line of a board. Bytes are characters 0…255. */
export interface Terminal {
  /** Sends bytes to the board; without power they are lost. */
  write(bytes: string): void;
  /** Calls back with what the board sends; gives the removal. */
  onData(listener: (bytes: string) => void): () => void;
}

/** What the console does to its board. */
export interface TerminalHost {
  /** Calls back when the board next looks at its input. */
  later(callback: () => void): void;
  /** Does the board run, so that it would look at its input? */
  running(): boolean;
  /** Runs what was typed; nothing when it threw, which was printed. */
  run(code: string): { value: unknown } | undefined;
  /** Ctrl-C came: breaks what keeps the board busy, or the program that it is about to start. */
  interrupt(): void;
  /** What Ctrl-E is answered. */
  readonly name: string;
}

const BANNER = `
 ____                 _
|  __|___ ___ ___ _ _|_|___ ___
|  __|_ -| . |  _| | | |   | . |
|____|___|  _|_| |___|_|_|_|___|
         |_| espruino.com
 2v29 (c) 2026 G.Williams

Espruino is Open Source. Our work is supported
only by sales of official boards and donations:
http://espruino.com/Donate
`;

/** How many brackets a text leaves open; a text or comment without end counts for one. */
export function openBrackets(text: string): number {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if ("([{".includes(letter)) open++;
    else if (")]}".includes(letter)) open--;
    else if ("\"'`".includes(letter)) {
      for (at++; at < text.length && text.charAt(at) !== letter; at++) if (text.charAt(at) === "\\") at++;
      if (at >= text.length) return open + 1;
    } else if (text.startsWith("//", at)) {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if (text.startsWith("/*", at)) {
      const end = text.indexOf("*/", at);
      if (end < 0) return open + 1;
      at = end + 1;
    }
  }
  return open;
}

/** Makes the console; `begin` is to be called at each start of the interpreter. */
export class BoardTerminal implements Terminal {
  private readonly host: TerminalHost;
  private readonly listeners = new Set<(bytes: string) => void>();
  private input = "";
  private line = "";
  private echo = true;
  private quiet = false;
  /** What came of an escape sequence. */
  private escape = "";
  private prompt = false;
  private waiting = false;

  constructor(host: TerminalHost) {
    this.host = host;
  }

  /** Is anybody at the other end? */
  get attached(): boolean {
    return this.listeners.size > 0;
  }

  write(bytes: string): void {
    // Taken by the interrupt that receives it, whatever the interpreter does.
    if (bytes.includes("\x03")) this.host.interrupt();
    this.input += bytes;
    this.wake();
  }

  onData(listener: (bytes: string) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** The interpreter starts, with a greeting when it has no program. */
  begin(greets: boolean): void {
    this.line = "";
    this.echo = true;
    this.quiet = this.prompt = false;
    this.escape = "";
    if (!this.attached) return;
    if (greets) this.send(BANNER + "\n");
    this.wake();
  }

  /** The board lost its power. */
  end(): void {
    this.input = this.line = "";
    this.prompt = false;
  }

  /** A line the program printed. */
  print(line: string): void {
    if (!this.attached) return;
    if (this.prompt && this.shows()) this.send("\x1b[D".repeat(this.line.length) + "\r\x1b[J");
    this.prompt = false;
    this.send(line + "\n");
    this.wake();
  }

  setEcho(on: boolean): void {
    this.echo = on;
  }

  private shows(): boolean {
    return this.echo && !this.quiet;
  }

  private send(text: string): void {
    const bytes = text.replaceAll("\n", "\r\n");
    for (const listener of [...this.listeners]) listener(bytes);
  }

  private wake(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.host.later(() => {
      this.waiting = false;
      this.work();
    });
  }

  /** One pass of the idle loop: what came is handled up to a line that ends this run of the interpreter. */
  private work(): void {
    if (!this.host.running()) return;
    const { input } = this;
    this.input = "";
    for (let at = 0; at < input.length; at++) {
      this.take(input.charAt(at));
      if (!this.host.running()) {
        this.input = input.slice(at + 1) + this.input;
        return;
      }
    }
    if (!this.prompt && this.shows()) {
      this.prompt = true;
      this.send(">" + this.line);
    }
  }

  private take(letter: string): void {
    const shown = this.prompt || this.line !== "";
    if (this.escape) this.takeEscaped(letter);
    else if (letter === "\x1b") this.escape = letter;
    else if (letter === "\x03") this.clear(shown);
    else if (letter === "\x05" && !this.line) this.send(`Espruino 2v29 ${this.host.name}\n`);
    else if (letter === "\x10") this.quiet ||= !this.line;
    else if (letter === "\r" || letter === "\n") this.newLine();
    else if (letter === "\b" || letter === "\x7f") {
      if (this.line && this.shows()) this.send("\b \b");
      this.line = this.line.slice(0, -1);
    } else if (letter >= " " || letter === "\t") {
      const text = letter === "\t" ? "    " : letter;
      this.line += text;
      if (this.shows()) this.send(text);
    }
  }

  /** Of the sequences one counts: a line's end that does not end what is typed. Moving the cursor is not modelled. */
  private takeEscaped(letter: string): void {
    const isFirst = this.escape === "\x1b";
    this.escape += letter;
    if (isFirst && letter === "\n") this.continueLine();
    const isOver = isFirst ? letter !== "[" && letter !== "O" : /[A-Za-z~]/.test(letter);
    if (isOver) this.escape = "";
  }

  private continueLine(): void {
    this.line += "\n";
    if (this.shows()) this.send("\n:");
  }

  private clear(shown: boolean): void {
    if (shown && this.shows()) this.send("\x1b[D".repeat(this.line.length) + "\r\x1b[J");
    this.line = "";
    this.quiet = this.prompt = false;
  }

  private newLine(): void {
    if (openBrackets(this.line) > 0) {
      this.continueLine();
      return;
    }
    const code = this.line.trimEnd();
    this.line = "";
    if (this.shows()) {
      this.send("\n");
      this.prompt = false;
    }
    const result = code ? this.host.run(code) : undefined;
    if (result && this.shows()) this.send("=" + showValue(result.value) + "\n");
    this.quiet = false;
  }
}
