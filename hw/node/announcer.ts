/** What makes a node known to others. */
import type { ClientOptions, Subscription } from "../../src/index.ts";
import type { Board } from "../board.ts";
import type { NodeConfig } from "../config.ts";
import type { NamedSensor } from "./sampler.ts";

/** Flag of a node's publishing, not of the packet: the topic is not below the node's base. */
export const WHOLE = 32;

/** Exists where a configuration asks for it. It is a subscription, too: to what calls for it. */
export interface Announcer extends Subscription {
  /** Takes in that a sensor answered: with a reading, as members of a JSON object, or without one. */
  _heard(named: NamedSensor, members: string): void;
  /**
   * Publishes what is due next; once a second with a connection while nothing of the node is under way, and
   * after each acknowledgement. Returns its packet id, 0 when nothing is due, below 0 when there is no room.
   */
  _publish(): number;
  /** Reconnects up to which all is published; below 0 where what was published last did not arrive. */
  _reconnects: number;
  /** Number of what is announced next; 0 begins anew, below 0 there is nothing. */
  _next: number;
}

/** Makes it for a node that is about to start. */
export type AnnouncerMaker = (config: NodeConfig, board: Board, sensors: NamedSensor[]) => Announcer;

/** All of a firmware's, by the member of the configuration that asks for one. */
export interface Announcers {
  discovery?: AnnouncerMaker;
}

/** A client's options with it: a field that is not there takes no memory, as a variable would. */
export interface AnnouncedOptions extends ClientOptions {
  _announcer?: Announcer;
}
