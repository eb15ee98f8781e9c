import type { Packet } from "mqtt-packet";
import type { Clock } from "./clock.ts";
import { Connection } from "./connection.ts";
import type { Direction, Peer } from "./connection.ts";
import type { Judge, Verdict } from "./packet-filter.ts";
import type { TlsServer } from "./tls-server.ts";

/** What a rule is asked about. */
export interface RuledPacket {
  direction: Direction;
  packet: Packet;
  bytes: Buffer;
  connection: Connection;
}

/** Everything between the boards and the servers. */
export interface Network {
  /**
   * Starts a server inside this process. `accept` gets each new connection and attaches its listeners before
   * it returns. A host that is no address and has no name yet is given one. With `tls` the server speaks TLS, and gets
   * connections after their handshake.
   */
  listen(host: string, port: number, accept: (peer: Peer) => void, tls?: TlsServer): { close(): void };
  /**
   * Lets boards dial a real host outside this machine, by its dotted address, in a world with a real clock.
   * Without it only loopback addresses lead out of the simulation.
   */
  reach(address: string): void;
  /**
   * Enters a name into the DNS. Dotted addresses and "localhost" need no entry; other names are not found.
   */
  addName(name: string, address: string): void;
  /** Connections that boards have open, oldest first. */
  readonly connections: readonly Connection[];
  /** Milliseconds each way. Default 1, with a real clock 0. */
  latency: number;
  /** Most bytes of a 'data' event; undefined for the board's own figure (536 on ESP32, 268 on ESP8266). */
  chunk: number | undefined;
  /**
   * Has every MQTT packet judged from now on; the first rule that does not pass it decides. Gives the
   * removal.
   */
  rule(verdict: (ruled: RuledPacket) => Verdict): () => void;
  /** Resets all connections at once; both ends see it, and what was delivered stays delivered. */
  cut(): void;
  /**
   * While on, bytes vanish both ways, nobody is told of a close, and a new connection hangs (ESP8266) or
   * times out (ESP32). A connection that lost something stays dead when it is off again.
   */
  silence(on: boolean): void;
  /** While on, connections to the host and port are refused. */
  refuse(host: string, port: number, on: boolean): void;
}

/** Where a dial leads. */
export type Route =
  | { kind: "listener"; accept: (peer: Peer) => void; tls: TlsServer | undefined }
  | { kind: "real"; address: string }
  | { kind: "refused" | "unreachable" | "silent" };

export interface NetworkOptions {
  clock: Clock;
  latency: number;
  /** Told whenever a server that works through Node's event loop was given something or did something. */
  onTouch(): void;
}

const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/** The network as the boards see it. */
export class SimulatedNetwork implements Network {
  readonly connections: Connection[] = [];
  latency: number;
  chunk: number | undefined = undefined;

  private readonly options: NetworkOptions;
  private readonly names = new Map<string, string>([["localhost", "127.0.0.1"]]);
  private readonly listeners = new Map<string, Route & { kind: "listener" }>();
  private readonly hosts = new Set<string>();
  private readonly refused = new Set<string>();
  private readonly reached = new Set<string>();
  private rules: ((ruled: RuledPacket) => Verdict)[] = [];
  private silenced = false;
  private lastId = 0;

  constructor(options: NetworkOptions) {
    this.options = options;
    this.latency = options.latency;
  }

  listen(host: string, port: number, accept: (peer: Peer) => void, tls?: TlsServer): { close(): void } {
    if (!this.resolve(host)) this.addName(host, "10.0.0." + (this.names.size + 1));
    const address = this.resolve(host)!;
    const key = address + ":" + port;
    if (this.listeners.has(key)) throw new Error("Something listens at " + key + " already");
    this.hosts.add(address);
    this.listeners.set(key, { kind: "listener", accept, tls });
    return { close: () => void this.listeners.delete(key) };
  }

  addName(name: string, address: string): void {
    this.names.set(name, address);
  }

  rule(verdict: (ruled: RuledPacket) => Verdict): () => void {
    this.rules = [...this.rules, verdict];
    return () => void (this.rules = this.rules.filter((rule) => rule !== verdict));
  }

  cut(): void {
    for (const connection of [...this.connections]) connection.cut();
  }

  silence(on: boolean): void {
    this.silenced = on;
  }

  refuse(host: string, port: number, on: boolean): void {
    const key = (this.resolve(host) ?? host) + ":" + port;
    if (on) this.refused.add(key);
    else this.refused.delete(key);
  }

  reach(address: string): void {
    this.reached.add(address);
  }

  /** Looks a host up; undefined when there is no such name. */
  resolve(host: string): string | undefined {
    return ADDRESS.test(host) || host === "::1" ? host : this.names.get(host);
  }

  /** Finds where a connection to an address would lead now. */
  route(address: string, port: number): Route {
    const key = address + ":" + port;
    if (this.silenced) return { kind: "silent" };
    if (this.refused.has(key)) return { kind: "refused" };
    const listener = this.listeners.get(key);
    if (listener) return listener;
    if (address.startsWith("127.") || address === "::1" || this.reached.has(address))
      return { kind: "real", address };
    return { kind: this.hosts.has(address) ? "refused" : "unreachable" };
  }

  /** Makes an established connection; the server learns of it one way's time later than now. */
  open(serial: string, host: string, port: number, accept: (peer: Peer) => void): Connection {
    const connection = new Connection({
      id: ++this.lastId,
      serial,
      host,
      port,
      accept,
      clock: this.options.clock,
      latency: () => this.latency,
      silenced: () => this.silenced,
      judge: (judged, direction) => this.judge(judged, direction),
      onTouch: () => this.options.onTouch(),
      onClosed: (closed) => void this.connections.splice(this.connections.indexOf(closed), 1),
    });
    this.connections.push(connection);
    return connection;
  }

  private judge(connection: Connection, direction: Direction): Judge | undefined {
    if (this.rules.length === 0) return undefined;
    return (packet, bytes) => {
      for (const rule of this.rules) {
        const verdict = rule({ direction, packet, bytes, connection });
        if (verdict !== "pass") return verdict;
      }
      return "pass";
    };
  }
}
