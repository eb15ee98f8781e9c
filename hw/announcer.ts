/** What makes a node known to others. */
import type { Client, ClientOptions, Subscription } from "../src/index.ts";
import type { Board } from "./board.ts";
import type { NodeConfig } from "./config.ts";
import type { NamedSensor } from "./sampler.ts";

/** Flag of a node's publishing, not of the packet: the topic is not below the node's base. */
export const WHOLE = 32;

/** There where a configuration asks for it. It is a subscription, too: to what calls for it. */
export interface Announcer extends Subscription {
  /** A sensor answered: with a reading, as members of a JSON object, or without one. */
  _heard(named: NamedSensor, members: string): void;
  /** Passes a second with a connection. */
  _tick(): void;
  /** Number of what is announced next; 0 begins anew, below 0 there is nothing. */
  _next: number;
  /** Packet id of what was announced last; −1 before the first, 0 when it was lost. */
  _id: number;
}

/** Makes it for a node that is about to start; `options` are its client's. */
export type AnnouncerMaker = (
  config: NodeConfig,
  board: Board,
  client: Client,
  options: ClientOptions,
  sensors: NamedSensor[],
) => Announcer;

/** All of a firmware's, by the member of the configuration that asks for one. */
export interface Announcers {
  discovery?: AnnouncerMaker;
}

/** A client's options with it: a field that is not there takes no memory, as a variable would. */
export interface AnnouncedOptions extends ClientOptions {
  _announcer?: Announcer;
}
