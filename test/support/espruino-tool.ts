/**
 * The `espruino` tool on the interpreter's console: what it does to a program on its way to a board (looking for modules,
 * wrapping, minifying, saving in chunks) is what the Web IDE does, by the same code. It defines globals and ends when it
 * likes, so it runs in a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createWebServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Session } from "../../bench/interpreter.ts";

const TOOL = "node_modules/espruino/bin/espruino-cli.js";
/** The tool never ends after so short a program; comments do not count. */
const SHORTEST = 600;
/** Bytes that are typed at once, and how many a line of 38 400 baud carries. */
const PIECE = 32;
const BYTES_PER_MILLISECOND = 3.8;

export interface Sending {
  /** By the tool's names, as in the Web IDE's settings; the rest as there: modules as functions, nothing minified. */
  settings?: Record<string, string | number | boolean>;
  /** What the web has, by address. */
  web?: Record<string, string | undefined>;
  /** Files in the folder that the program is sent from. */
  folder?: Record<string, string>;
  /** Files that are written to Storage as they are, by their names there. */
  storage?: Record<string, string>;
}

export interface Sent {
  /** What the tool said. */
  said: string;
  /** Addresses it asked for. */
  asked: string[];
}

/**
 * Types as slowly as to a board on a slow line: what comes faster than it is read the interpreter for Linux loses, where a
 * serial port would hold it back.
 */
export function atLineSpeed(console: Session["console"]): (bytes: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let isTyping = false;
  function type(): void {
    isTyping = waiting.length > 0;
    if (!isTyping) return;
    console.write(waiting.subarray(0, PIECE));
    waiting = waiting.subarray(PIECE);
    setTimeout(type, PIECE / BYTES_PER_MILLISECOND);
  }
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    if (!isTyping) type();
  };
}

/** Has the tool send a program to a console; resolves when it has ended. */
export async function send(console: Session["console"], program: string, sending: Sending): Promise<Sent> {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  const asked: string[] = [];
  const web = createWebServer((request, response) => {
    const address = request.url!.replace(/^\/(https?)\//, "$1://");
    asked.push(address);
    const text = sending.web?.[address];
    response.statusCode = text === undefined ? 404 : 200;
    response.end(text);
  }).listen(0, "127.0.0.1");
  const bridge = createServer((socket) => {
    socket.on("error", () => undefined);
    const type = atLineSpeed(console);
    // It writes characters of a byte string as UTF-8, to TCP alone.
    socket.setEncoding("utf8").on("data", (text: string) => type(Buffer.from(text, "latin1")));
    console.read((bytes) => socket.writable && socket.write(bytes));
  }).listen(0, "127.0.0.1");
  await Promise.all([once(web, "listening"), once(bridge, "listening")]);
  const port = (server: typeof web | typeof bridge): number => (server.address() as AddressInfo).port;
  const settings = { MODULE_AS_FUNCTION: true, MODULE_MINIFICATION_LEVEL: "", ...sending.settings };
  const args = ["--no-ble", "-p", `tcp://127.0.0.1:${port(bridge)}`, "-b", "115200"];
  for (const [name, value] of Object.entries(settings)) args.push("--config", `${name}=${value}`);
  const files: Record<string, string> = { ...sending.folder, "program.js": program };
  // Statements that do nothing: the tool leaves out comments.
  while (files["program.js"]!.length < SHORTEST) files["program.js"] += "0;";
  for (const [name, text] of Object.entries(sending.storage ?? {})) {
    files[`stored-${name}`] = text;
    args.push("--storage", `${name}:stored-${name}`);
  }
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, ".."), { recursive: true });
      writeFileSync(join(folder, name), text, "latin1");
    }
    const child = spawn(
      process.execPath,
      ["--require", resolve("test/support/the-web.cjs"), resolve(TOOL), ...args, "program.js"],
      { cwd: folder, env: { ...process.env, WEB: String(port(web)) }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("latin1").on("data", (text: string) => (said += text));
    await once(child, "close");
    return { said, asked };
  } finally {
    web.close();
    bridge.close();
    rmSync(folder, { recursive: true });
  }
}
