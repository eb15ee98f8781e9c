/** The firmware on every board that there is a table for: one bundle a family, pins and memory by the board. */
import assert from "node:assert/strict";
import { pinsIn } from "../../boards/board.ts";
import { BOARD_WORDS, tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import type { SimulatedBoard, World } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { createServer } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

interface Node {
  world: World;
  board: SimulatedBoard;
  server: ScriptedServer;
}

const HOST = "192.168.1.10";

describe("the firmware", () => {
  let world: World | undefined;
  afterEach(() => world?.close());

  function start(word: BoardWord, sensors: object[]): Node {
    world = createWorld();
    Object.assign(world.accessPoint, { ssid: "greenhouse", password: "" });
    const server = createServer(world, HOST);
    const config = { wifi: { ssid: "greenhouse" }, broker: { host: HOST }, sensors };
    const { family } = tableOf(word);
    const board = world.board({
      board: word,
      storage: {
        ".bootcde": bundle(family === "ESP32" ? "esp32.min.js" : "esp8266.min.js"),
        "config.json": JSON.stringify(config),
      },
    });
    const { clock } = world;
    board.i2c.attach(0x76, createBme280Model({ now: () => clock.now() }));
    return { world, board, server };
  }

  const published = ({ server }: Node, what: string): string | undefined =>
    server.published().find((line) => line.includes(what));

  for (const word of BOARD_WORDS) {
    const { name, env, i2c, pins, adc } = tableOf(word);

    it(`publishes what a BME280 reads at the pins that Espruino has for the bus of an ${name}`, async () => {
      const node = start(word, [{ type: "bme280" }]);
      node.board.powerOn();
      await node.world.runUntil(() => published(node, "/state {") !== undefined);
      assert.match(
        published(node, "/state {")!,
        /\/state {"temperature":20,"pressure":101324,"humidity":50,/,
      );
      assert.match(node.board.console[0]!, new RegExp(`^ristretto \\S+ on ${env.BOARD}, id `));
      assert.deepEqual(node.board.i2c.pins, i2c);
      assert.equal(node.board.telnet, "off");
      assert.deepEqual(node.board.uncaught, []);
    });

    const analog = pinsIn(pins.analog);
    it(`measures volts on an ${name} at ${analog.length ? pins.analog : "no pin"}, and nowhere else`, () => {
      const { board } = start(word, []);
      board.storage.delete(".bootcde");
      board.powerOn();
      for (const pin of pinsIn(pins.all)) {
        board.pins.wire(pin).attach({ volts: () => adc.fullScale / 4 });
        const ratio = board.evaluate(`new Pin("${pin}").analog()`);
        assert.equal(ratio, analog.includes(pin) ? 0.25 : NaN, pin);
      }
    });

    it(`says on an ${name} that a sensor's pin has no ADC`, async () => {
      const node = start(word, [{ type: "ntc", name: "soil", pin: "D5" }]);
      node.board.powerOn();
      await node.world.runFor(1000);
      assert.ok(node.board.console.some((line) => /sensors\[0\]\.pin: must have an ADC/.test(line)));
    });

    for (const pin of analog.slice(0, 1))
      it(`publishes what the volts at ${pin} of an ${name} mean`, async () => {
        const { fullScale } = adc;
        const part = { type: "transducer", range: [0, 1000], supply: fullScale, divider: 1 };
        const node = start(word, [{ ...part, pin, fullScale }]);
        node.board.pins.wire(pin).attach({ volts: () => fullScale / 2 });
        node.board.powerOn();
        await node.world.runUntil(() => published(node, "/state {") !== undefined);
        assert.match(published(node, "/state {")!, /{"pressure":500,/);
        assert.deepEqual(node.board.uncaught, []);
      });
  }

  it("takes the bus of an ESP32-C3 to other pins that are named", async () => {
    const node = start("esp32c3", [{ type: "bme280", data: "D5", clock: "D6" }]);
    node.board.powerOn();
    await node.world.runUntil(() => published(node, "/state {") !== undefined);
    assert.deepEqual(node.board.i2c.pins, { data: "D5", clock: "D6" });
  });
});
