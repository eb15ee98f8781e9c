/** A simulated board as a port: switched on with Espruino and nothing else, in a world that has what the configuration names. */
import { createWorld } from "../../sim/world.ts";
import { startBroker } from "../broker.ts";
import type { Transport } from "../board/transport.ts";
import type { NodeFile } from "../configuration/node.ts";
import { attachPart } from "../parts.ts";
import { leadTo } from "../simulation.ts";
import { airAt } from "../weather.ts";
import { openTerminal } from "./terminal.ts";

/** Its access point, its sensors and its broker are those of the configuration; nothing leaves this machine. */
export async function openSimulated(name: string, node: NodeFile): Promise<Transport> {
  const world = createWorld({ clock: "real" });
  world.accessPoint.ssid = node.wifi.ssid;
  world.accessPoint.password = node.wifi.password ?? "";
  const broker = await startBroker(0);
  leadTo(world, node.broker, { host: "127.0.0.1", port: broker.port });
  const board = world.board({ board: node.board });
  const place = { board, now: () => board.time(), random: () => world.random() };
  const air = airAt(0, () => world.random());
  for (const sensor of node.sensors) attachPart(sensor, place)?.expose(air);
  const port = openTerminal(name, board);
  board.powerOn();
  return {
    ...port,
    async close() {
      await port.close();
      world.close();
      await broker.close();
    },
  };
}
