/** What happens in a simulation, as one flat object each: the timeline draws them, `--json` prints them. */
export type SimulationEvent =
  /** The world stands; `broker` is host:port, `embedded` whether it is ours, `tls` whether it is reached by TLS. */
  | {
      event: "start";
      board: string;
      id: string;
      broker: string;
      embedded: boolean;
      tls: boolean;
      base: string;
    }
  /** The board's console is served on this TCP port. */
  | { event: "serve"; port: number }
  /** Somebody did something to the world: power, wifi, broker, sensor. */
  | { event: "power" | "wifi" | "broker"; on: boolean }
  | { event: "sensor"; name: string; broken: boolean }
  /** The board restarted by itself. */
  | { event: "reboot"; why: string }
  /** A line of the board's console. */
  | { event: "console"; text: string }
  /** An MQTT packet of the connection other than those below. */
  | { event: "packet"; direction: "up" | "down"; packet: string; detail: string }
  /** The board wrote a PUBLISH. */
  | {
      event: "publish";
      topic: string;
      payload: string;
      qos: number;
      retain: boolean;
      dup: boolean;
      packetId?: number;
    }
  /** The broker acknowledged it after `ms`. */
  | { event: "acknowledge"; topic: string; payload: string; packetId: number; ms: number }
  /** An independent subscriber received a message from the broker. */
  | { event: "receive"; topic: string; payload: string; qos: number; retain: boolean }
  /** The same for a last will: nobody on the board said it. */
  | { event: "will"; topic: string; payload: string }
  /** The end, with the reason when it is not a good one. */
  | { event: "end"; ok: boolean; acknowledged: number; reason?: string };

/** Seconds since the start, and what happened. */
export type TimedEvent = SimulationEvent & { at: number };
