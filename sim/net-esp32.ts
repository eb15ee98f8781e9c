import type { Connection, Peer } from "./connection.ts";
import { OpenFailure, SOCKET_CLOSED, noRealTcp } from "./net-driver.ts";
import type { NetDriver, NetDriverOptions, NetSocket } from "./net-driver.ts";
import { terminate } from "./tls-server.ts";
import type { Credentials } from "./tls.ts";

// lwIP asks a silent name server four times, a second apart.
const NAME_TIMEOUT = 4000;
// lwIP gives a connection up after its SYN went unanswered for so long.
const CONNECT_TIMEOUT = 18000;
// TCP_SND_BUF of the ESP-IDF: what a socket takes before the other end acknowledges.
const SEND_BUFFER = 5744;
const REFUSED = 111;
const ABORTED = 113;
const UNREACHABLE = 118;

const createSocket = (connection: Connection): NetSocket => ({
  receive(limit) {
    if (connection.received.length === 0)
      return connection.remote === "open" ? connection.received : SOCKET_CLOSED;
    const bytes = connection.received.subarray(0, limit);
    connection.received = connection.received.subarray(bytes.length);
    return bytes;
  },
  send(bytes) {
    if (connection.remote === "reset") return SOCKET_CLOSED;
    const count = Math.min(bytes.length, SEND_BUFFER - connection.unacknowledged);
    if (count > 0) connection.send(bytes.subarray(0, count));
    return count;
  },
  close: () => connection.close("end"),
  abandon: (how) => connection.close(how),
  mute: () => connection.goDead(),
});

/**
 * The driver of libs/network/esp32/network_esp32.c: looking up and connecting block, and fail by throwing.
 */
export function createEsp32Driver(options: NetDriverOptions): NetDriver {
  const { network, realTcp } = options;
  const failConnect = (milliseconds: number, code: number): never => {
    options.block(milliseconds);
    throw new OpenFailure("Unable to create socket", `ERROR: Connect failed (err ${code})`);
  };
  const findName = (host: string): string => {
    const address = network.resolve(host);
    if (address !== undefined && (address === host || options.online())) return address;
    options.block(options.online() && options.reachable() ? 2 * network.latency : NAME_TIMEOUT);
    throw new OpenFailure("Unable to locate host");
  };
  const connect = (host: string, port: number, credentials: Credentials | undefined): Connection => {
    const address = findName(host);
    if (!options.online()) return failConnect(0, UNREACHABLE);
    const route = network.route(address, port);
    if (route.kind === "silent" || route.kind === "unreachable" || !options.reachable()) {
      return failConnect(CONNECT_TIMEOUT, ABORTED);
    }
    let accept: ((peer: Peer) => void) | undefined;
    if (route.kind === "listener")
      accept = route.tls ? terminate(route.accept, route.tls, credentials) : route.accept;
    else if (route.kind === "real" && realTcp) accept = realTcp.dialSync(address, port, credentials);
    else if (route.kind === "real") options.fail(noRealTcp(host, port));
    if (!accept) return failConnect(2 * network.latency, REFUSED);
    const connection = network.open(options.serial, host, port, accept);
    options.block(2 * network.latency);
    return connection;
  };
  return {
    chunkSize: 536,
    open(host, port, credentials) {
      const connection = connect(host, port, credentials);
      connection.onChange = options.onChange;
      return createSocket(connection);
    },
  };
}
