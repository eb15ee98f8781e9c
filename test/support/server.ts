/**
 * An MQTT server that does what a test tells it, packet by packet; the reading and writing of packets is mqtt-packet's.
 * Where a test wants a broker that thinks for itself, it uses aedes or mosquitto instead.
 */
import { generate, parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Peer, World } from "../../sim/world.ts";

/** One connection, as the server sees it. */
export interface ServerConnection {
  readonly peer: Peer;
  /** Everything the client sent, in order. */
  readonly packets: Packet[];
  /** How the client's end went; undefined while it stands. */
  closed: { hadError: boolean } | undefined;
  send(packet: Packet | Buffer | string): void;
}

export interface ScriptedServer {
  readonly connections: ServerConnection[];
  /** The newest connection. */
  readonly last: ServerConnection;
  /** All packets of all connections, in order. */
  readonly packets: Packet[];
  /**
   * Answers a packet; the default is `answer`. Replace it to withhold, refuse or lie; call `answer` for the rest.
   */
  onPacket: (packet: Packet, connection: ServerConnection) => void;
  /** What a well-behaved server answers: CONNACK without session, PUBACK, SUBACK as asked, UNSUBACK, PINGRESP. */
  answer(packet: Packet, connection: ServerConnection): void;
  /** PUBLISH packets received, as `topic payload`, with `!` for DUP. */
  published(): string[];
  close(): void;
}

const REPLIES: { [command: string]: ((packet: never) => Packet | undefined) | undefined } = {
  connect: () => ({ cmd: "connack", returnCode: 0, sessionPresent: false }),
  publish: ({ qos, messageId }: { qos: number; messageId: number }) =>
    qos ? { cmd: "puback", messageId } : undefined,
  subscribe: ({
    messageId,
    subscriptions,
  }: {
    messageId: number;
    subscriptions: Array<{ qos: number }>;
  }) => ({
    cmd: "suback",
    messageId,
    granted: subscriptions.map(({ qos }) => qos),
  }),
  unsubscribe: ({ messageId }: { messageId: number }) => ({ cmd: "unsuback", messageId, granted: [] }),
  pingreq: () => ({ cmd: "pingresp" }),
};

/** Listens in the world's network, by default at broker:1883. */
export function createServer(world: World, host = "broker", port = 1883): ScriptedServer {
  const server: ScriptedServer = {
    connections: [],
    packets: [],
    get last() {
      const connection = server.connections.at(-1);
      if (!connection) throw new Error("no connection yet");
      return connection;
    },
    onPacket: (packet, connection) => server.answer(packet, connection),
    answer(packet, connection) {
      const reply = REPLIES[packet.cmd]?.(packet as never);
      if (reply) connection.send(reply);
    },
    published: () =>
      server.packets.flatMap((packet) =>
        packet.cmd === "publish"
          ? [`${packet.topic} ${packet.payload.toString()}${packet.dup ? "!" : ""}`]
          : [],
      ),
    close: () => listener.close(),
  };
  const listener = world.network.listen(host, port, (peer) => {
    const decoder = parser({ protocolVersion: 4 });
    const connection: ServerConnection = {
      peer,
      packets: [],
      closed: undefined,
      send: (sent) => {
        peer.write(typeof sent === "string" || Buffer.isBuffer(sent) ? sent : generate(sent));
      },
    };
    server.connections.push(connection);
    decoder.on("packet", (packet) => {
      connection.packets.push(packet);
      server.packets.push(packet);
      server.onPacket(packet, connection);
    });
    decoder.on("error", (error) => {
      throw error;
    });
    peer.onData = (bytes) => void decoder.parse(bytes);
    peer.onClose = (hadError) => {
      connection.closed = { hadError };
    };
  });
  return server;
}
