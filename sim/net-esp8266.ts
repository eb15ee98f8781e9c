import type { Connection, Peer } from "./connection.ts";
import {
  OpenFailure,
  SOCKET_CLOSED,
  SOCKET_NOT_FOUND,
  SOCKET_NO_CONNECTION,
  SOCKET_RESET,
  noRealTcp,
} from "./net-driver.ts";
import type { NetDriver, NetDriverOptions, NetSocket } from "./net-driver.ts";
import { terminate } from "./tls-server.ts";

// lwIP asks a silent name server four times, a second apart.
const NAME_TIMEOUT = 4000;
// What the SDK waits for a host that is not there.
const CONNECT_TIMEOUT = 18000;
// MAX_SOCKETS of network_esp8266.c.
const MOST_SOCKETS = 10;

/** One entry of network_esp8266.c's socket table. */
class Esp8266Socket implements NetSocket {
  private readonly options: NetDriverOptions;
  private readonly release: () => void;
  private connection: Connection | undefined;
  private error: number | undefined;
  private sending = false;
  private ended = false;
  private muted = false;

  constructor(options: NetDriverOptions, release: () => void) {
    this.options = options;
    this.release = release;
  }

  resolve(host: string, port: number): void {
    const { network, clock } = this.options;
    const address = network.resolve(host);
    if (address === host) return this.connect(host, host, port);
    const answers = this.options.online() && this.options.reachable();
    clock.setTimeout(
      () => {
        if (this.ended || this.muted) return;
        if (address !== undefined && answers) this.connect(host, address, port);
        else this.fail(SOCKET_NOT_FOUND);
      },
      answers ? 2 * network.latency : NAME_TIMEOUT,
    );
  }

  receive(limit: number): Buffer | number {
    const { connection } = this;
    if (this.error !== undefined) return this.error;
    if (!connection) return SOCKET_NO_CONNECTION;
    if (connection.received.length > 0) {
      const bytes = connection.received.subarray(0, limit);
      connection.received = connection.received.subarray(bytes.length);
      return bytes;
    }
    return this.remoteEnd() ?? connection.received;
  }

  send(bytes: Buffer): number {
    const over = this.error ?? this.remoteEnd();
    if (over !== undefined) return over;
    // One piece at a time: the next is taken when this one was acknowledged.
    if (!this.connection || (this.sending && this.connection.unacknowledged > 0)) return 0;
    this.sending = true;
    this.connection.send(bytes);
    return bytes.length;
  }

  close(): void {
    this.finish("end");
  }

  abandon(how: "silent" | "reset"): void {
    this.finish(how);
  }

  mute(): void {
    this.muted = true;
    this.connection?.goDead();
  }

  private finish(how: "end" | "silent" | "reset"): void {
    this.ended = true;
    this.release();
    this.connection?.close(how);
  }

  private remoteEnd(): number | undefined {
    if (!this.connection || this.connection.remote === "open") return undefined;
    return this.connection.remote === "reset" ? SOCKET_RESET : SOCKET_CLOSED;
  }

  private fail(code: number): void {
    if (this.ended || this.muted) return;
    this.error = code;
    this.options.onChange();
  }

  private connect(host: string, address: string, port: number): void {
    const { network, clock, realTcp } = this.options;
    const route = network.route(address, port);
    // The SYN vanishes: the program hears nothing until it gives up itself.
    if (route.kind === "silent" || !this.options.reachable()) return;
    const later = (milliseconds: number, step: () => void) => void clock.setTimeout(step, milliseconds);
    if (route.kind === "listener") {
      const { accept, tls } = route;
      later(2 * network.latency, () => this.established(host, port, tls ? terminate(accept, tls) : accept));
    } else if (route.kind === "real" && realTcp) {
      realTcp.dial(address, port, (bridge) => {
        if (bridge) this.established(host, port, bridge);
        else this.fail(SOCKET_RESET);
      });
    } else {
      if (route.kind === "real") this.options.fail(noRealTcp(host, port));
      later(route.kind === "unreachable" ? CONNECT_TIMEOUT : 2 * network.latency, () =>
        this.fail(SOCKET_RESET),
      );
    }
  }

  private established(host: string, port: number, accept: (peer: Peer) => void): void {
    if (this.muted) return;
    const connection = this.options.network.open(this.options.serial, host, port, accept);
    // Given up while it was being made: the SDK closes it again.
    if (this.ended) return connection.close("end");
    connection.onChange = this.options.onChange;
    this.connection = connection;
    this.options.onChange();
  }
}

/**
 * The driver of libs/network/esp8266/network_esp8266.c: everything is reported later, by the state of the
 * socket.
 */
export function createEsp8266Driver(options: NetDriverOptions): NetDriver {
  let open = 0;
  return {
    chunkSize: 268,
    open(host, port) {
      // espconn_connect() refuses at once where it has no route or no room; only a name can be looked up
      // meanwhile.
      const dotted = options.network.resolve(host) === host;
      if (open >= MOST_SOCKETS || (dotted && !options.online()))
        throw new OpenFailure("Unable to create socket");
      open++;
      let counted = true;
      const socket = new Esp8266Socket(options, () => {
        if (counted) open--;
        counted = false;
      });
      socket.resolve(host, port);
      return socket;
    },
  };
}
