/** The `espruino` tool, which is not ours, at the simulated board's console: it cannot tell it from a board. */
import assert from "node:assert/strict";
import { createWorld } from "../../sim/world.ts";
import type { SimulatedBoard, World } from "../../sim/world.ts";
import { Board } from "../../tools/board/board.ts";
import { crc32 } from "../../tools/board/crc32.ts";
import { LOADER } from "../../tools/board/loader.ts";
import { upload } from "../../tools/board/upload.ts";
import { openTerminal } from "../../tools/ports/terminal.ts";
import { send } from "../support/espruino-tool.ts";

describe("the espruino tool and the simulated board", function () {
  this.timeout(120000);
  let world: World;
  let board: SimulatedBoard;

  beforeEach(() => {
    world = createWorld({ clock: "real" });
    board = world.board({ board: "ESP32" });
    board.powerOn();
  });

  afterEach(() => {
    world.close();
  });

  const console = () => ({
    write: (bytes: Buffer) => board.terminal.write(bytes.toString("latin1")),
    read: (listener: (bytes: Buffer) => void) =>
      void board.terminal.onData((bytes) => listener(Buffer.from(bytes, "latin1"))),
  });

  it("runs a program from RAM, function by function", async () => {
    const { said } = await send(
      console(),
      'function greet(name) {\n  print("hello " + name);\n}\ngreet("board");\n',
      {},
    );
    assert.match(said, /Upload Complete/);
    await world.runUntil(() => board.console.includes("hello board"), 20000);
    assert.deepEqual(board.uncaught, []);
  });

  it("writes a file to Storage as it is, which a program reads", async () => {
    const bytes = '\x00\x03\x10\x7f\xff and "text"\n'.repeat(60);
    const { said } = await send(console(), 'print("it has " + E.CRC32(require("Storage").read("note")));\n', {
      storage: { note: bytes },
    });
    await world.runUntil(() => board.console.some((line) => line.startsWith("it has ")), 20000);
    assert.equal(board.storage.get("note"), bytes, said);
    assert.equal(
      board.console.find((line) => line.startsWith("it has ")),
      `it has ${crc32(bytes)}`,
    );
  });

  it("saves a program to flash that starts, and gives way to an upload of ours", async () => {
    const { said } = await send(console(), 'print("saved by the tool");\n', {
      settings: { SAVE_ON_SEND: 1 },
    });
    assert.match(board.storage.get(".bootcde") ?? "", /saved by the tool/, said);
    await world.runUntil(() => board.console.includes("saved by the tool"), 20000);
    const ours = new Board(openTerminal("simulated", board));
    await upload(ours, { board: "esp32", code: 'print("ours");', detach: true });
    await world.runUntil(() => board.console.includes("ours"), 20000);
    await ours.disconnect();
    assert.equal(board.storage.get(".bootcde"), LOADER);
  });
});
