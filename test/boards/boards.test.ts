import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pinsIn, pinsText } from "../../boards/board.ts";
import type { PinTable, Reason } from "../../boards/board.ts";
import { BOARD_WORDS, boardNamed, tableOf } from "../../boards/named.ts";
import { indexOf } from "../../build/boards.mjs";
import { checkBoard } from "../../tools/board/upload.ts";
import { UserError } from "../../tools/user-error.ts";

describe("the boards", () => {
  it("are those whose files are in the folder", () => {
    assert.equal(readFileSync("boards/index.ts", "utf8"), indexOf("boards"), "npm run boards");
  });

  it("are known by the longest word that process.env.BOARD begins with", () => {
    for (const [said, word] of [
      ["ESP32", "esp32"],
      ["ESP32_IDF5", "esp32"],
      ["ESP32_WROVER", "esp32"],
      ["ESP32C3_IDF4", "esp32c3"],
      ["ESP32C3_IDF5", "esp32c3"],
      ["ESP32S3_IDF5", "esp32s3"],
      ["ESP32S3_TOUCH_LCD_35", "esp32s3"],
      ["ESP8266_BOARD", "esp8266"],
      ["ESP8266_4MB", "esp8266"],
      ["PUCKJS", undefined],
    ] as const)
      assert.equal(boardNamed(said), word, said);
  });

  it("are told apart by an upload, within a family too", () => {
    const modules = "net,Wifi,Storage";
    const check = (board: string, word: (typeof BOARD_WORDS)[number]): void =>
      checkBoard(
        { board, modules, version: "2v29" } as Parameters<typeof checkBoard>[0],
        { board: word },
        "COM3",
      );
    for (const word of BOARD_WORDS) check(tableOf(word).env.BOARD, word);
    for (const [board, word, line] of [
      ["ESP32C3_IDF4", "esp32", /^The board at COM3 is ESP32C3_IDF4, not ESP32\. Nothing was written/],
      ["ESP32", "esp32c3", /^The board at COM3 is ESP32, not ESP32-C3\./],
      ["ESP32C3_IDF4", "esp32s3", /^The board at COM3 is ESP32C3_IDF4, not ESP32-S3\./],
    ] as const)
      assert.throws(
        () => check(board, word),
        (error) => error instanceof UserError && line.test(error.line),
      );
  });

  for (const word of BOARD_WORDS) {
    const { name, env, pins, i2c } = tableOf(word);

    it(`say of an ${name} nothing that contradicts itself`, () => {
      const all = pinsIn(pins.all);
      const lists: Record<keyof PinTable, string | readonly Reason[]> = pins;
      for (const [list, value] of Object.entries(lists)) {
        const named = typeof value === "string" ? pinsIn(value) : value.flatMap(([some]) => pinsIn(some));
        assert.equal(new Set(named).size, named.length, `${list} names a pin twice`);
        for (const pin of named) assert.ok(all.includes(pin), `${list}: ${pin}`);
      }
      for (const pin of [i2c.data, i2c.clock, ...pinsIn(pins.analog)])
        assert.ok(all.includes(pin) && !pinsIn(pins.absent).includes(pin), pin);
      assert.equal(boardNamed(env.BOARD), word);
    });
  }
});

describe("a list of pins", () => {
  it("is short for names", () => {
    assert.deepEqual(pinsIn("D0-D3 D7 A0"), ["D0", "D1", "D2", "D3", "D7", "A0"]);
    assert.deepEqual(pinsIn(""), []);
  });

  it("is read by people", () => {
    assert.equal(pinsText("D0-D4"), "D0 to D4");
    assert.equal(pinsText("D0-D4 D7 A0"), "D0 to D4, D7 and A0");
  });
});
