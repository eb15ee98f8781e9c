import { createWorld } from "../../sim/world.ts";
import type { BoardKind, Peer, SimulatedBoard, World, WorldOptions } from "../../sim/world.ts";

/** Both kinds of board, for what holds on either. */
export const KINDS: readonly BoardKind[] = ["ESP32", "ESP8266"];

/** Joins the access point and offers `open`, which prints every event of the socket that it opens. */
const PROGRAM = `
function open(host, port, early) {
  var socket = require("net").connect({ host: host, port: port }, function (s) {
    print("connect " + (s === socket && this === s));
  });
  socket.on("data", function (data) { print("data " + data); });
  socket.on("drain", function () { print("drain"); });
  socket.on("error", function (e) { print("error " + e.code + " " + e.message); });
  socket.on("end", function () { print("end"); });
  socket.on("close", function (hadError) { print("close " + hadError); });
  if (early) socket.write(early);
  return socket;
}
var wifi = require("Wifi");
wifi.connect("home", { password: "secret" }, function () {});
`;

const worlds: World[] = [];

/** Makes a world that `closeWorlds` closes. */
export function makeWorld(options?: WorldOptions): World {
  const world = createWorld(options);
  if (options?.clock === "real") world.accessPoint.associationTime = world.accessPoint.dhcpTime = 0;
  worlds.push(world);
  return world;
}

/** Closes what `makeWorld` made; for `afterEach`. */
export function closeWorlds(): void {
  for (const world of worlds.splice(0)) world.close();
}

/** A board that has joined the access point and waits for code to be typed, with an empty console. */
export async function joined(world: World, kind: BoardKind, program = ""): Promise<SimulatedBoard> {
  const board = world.board({ board: kind, storage: { ".bootcde": PROGRAM + program } });
  board.powerOn();
  await world.runUntil(() => board.evaluate("wifi.getIP().ip") !== "0.0.0.0");
  board.console.length = 0;
  return board;
}

/** What happened at the server's end of the connections it accepted. */
export interface Server {
  readonly peers: Peer[];
  /** "<id> <text>" for data, "<id> closed" or "<id> reset" for the end. */
  readonly seen: string[];
  close(): void;
}

/** A server at broker:1883 that writes down what it sees. */
export function serve(world: World, accept?: (peer: Peer) => void): Server {
  const peers: Peer[] = [];
  const seen: string[] = [];
  const { close } = world.network.listen("broker", 1883, (peer) => {
    peers.push(peer);
    peer.onData = (bytes) => seen.push(`${peer.id} ${bytes.toString("latin1")}`);
    peer.onClose = (hadError) => seen.push(`${peer.id} ${hadError ? "reset" : "closed"}`);
    accept?.(peer);
  });
  return { peers, seen, close };
}
