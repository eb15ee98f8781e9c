/**
 * An MQTT server that does what a test tells it, packet by packet; the reading and writing of packets is mqtt-packet's.
 * Where a test wants a broker that thinks for itself, it uses aedes or mosquitto instead.
 */
import { generate, parser } from "mqtt-packet";
import type { IConnectPacket, IPublishPacket, Packet } from "mqtt-packet";
import type { Peer, World } from "../../sim/world.ts";

/** One connection, as the server sees it. */
export interface ServerConnection {
  readonly peer: Peer;
  /** Everything the client sent, in order. */
  readonly packets: Packet[];
  /** What went both ways, in order, as the server saw it; what it sent raw is bytes. */
  readonly exchange: Array<{ up: Packet } | { down: Packet | Buffer }>;
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
  /** Bytes that are no packet; the default throws, because no client of ours may send any. */
  onMalformed: (error: Error, connection: ServerConnection) => void;
  /** What a well-behaved server answers: CONNACK without session, PUBACK or PUBREC, SUBACK as asked, UNSUBACK, PINGRESP. */
  answer(packet: Packet, connection: ServerConnection): void;
  /** PUBLISH packets received, as `topic payload`, with `!` for DUP. */
  published(): string[];
  close(): void;
}

const REPLIES: { [command: string]: ((packet: never) => Packet | undefined) | undefined } = {
  // What 3.1.1 calls a return code is a reason code in 5.0.
  connect: () => ({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent: false }),
  publish: ({ qos, messageId }: { qos: number; messageId: number }) =>
    qos ? { cmd: qos === 1 ? "puback" : "pubrec", messageId } : undefined,
  pubrec: ({ messageId }: { messageId: number }) => ({ cmd: "pubrel", messageId }),
  pubrel: ({ messageId }: { messageId: number }) => ({ cmd: "pubcomp", messageId }),
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
  unsubscribe: ({ messageId, unsubscriptions }: { messageId: number; unsubscriptions: string[] }) => ({
    cmd: "unsuback",
    messageId,
    granted: unsubscriptions.map(() => 0),
  }),
  pingreq: () => ({ cmd: "pingresp" }),
};

/** Starts to listen: hands each new connection to `accept`, until it is closed. */
export type Listen = (accept: (peer: Peer) => void) => { close(): void };

/** Listens in the world's network, by default at broker:1883. */
export function createServer(world: World, host = "broker", port = 1883): ScriptedServer {
  return createServerOn((accept) => world.network.listen(host, port, accept));
}

/** A server wherever there are peers. */
export function createServerOn(listen: Listen): ScriptedServer {
  const server: ScriptedServer = {
    connections: [],
    packets: [],
    get last() {
      const connection = server.connections.at(-1);
      if (!connection) throw new Error("no connection yet");
      return connection;
    },
    onPacket: (packet, connection) => server.answer(packet, connection),
    onMalformed(error) {
      throw error;
    },
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
  const listener = listen((peer) => {
    // That of CONNECT, which the decoder finds out by itself.
    let protocolVersion = 4;
    const decoder = parser({ protocolVersion });
    const connection: ServerConnection = {
      peer,
      packets: [],
      exchange: [],
      closed: undefined,
      send: (sent) => {
        const down = typeof sent === "string" ? Buffer.from(sent, "latin1") : sent;
        connection.exchange.push({ down });
        peer.write(Buffer.isBuffer(down) ? down : generate(down, { protocolVersion }));
      },
    };
    server.connections.push(connection);
    decoder.on("packet", (packet) => {
      if (packet.cmd === "connect") protocolVersion = packet.protocolVersion ?? 4;
      connection.packets.push(packet);
      connection.exchange.push({ up: packet });
      server.packets.push(packet);
      server.onPacket(packet, connection);
    });
    decoder.on("error", (error: Error) => server.onMalformed(error, connection));
    peer.onData = (bytes) => void decoder.parse(bytes);
    peer.onClose = (hadError) => {
      connection.closed = { hadError };
    };
  });
  return server;
}

/** A message as the server sends it. */
export function message(
  topic: string,
  payload: string | Buffer,
  more: Partial<IPublishPacket> = {},
): IPublishPacket {
  return { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false, ...more };
}

/** How many packets of this kind came. */
export function count({ packets }: { packets: readonly Packet[] }, command: Packet["cmd"]): number {
  return packets.filter(({ cmd }) => cmd === command).length;
}

export function connects({ packets }: { packets: readonly Packet[] }): IConnectPacket[] {
  return packets.filter((packet) => packet.cmd === "connect");
}

export function publishes({ packets }: { packets: readonly Packet[] }): IPublishPacket[] {
  return packets.filter((packet) => packet.cmd === "publish");
}

/** Has the server keep its answers to these packets to itself; with none it answers all again. */
export function withhold({ server }: { server: ScriptedServer }, ...commands: Packet["cmd"][]): void {
  server.onPacket = (packet, connection) => {
    if (!commands.includes(packet.cmd)) server.answer(packet, connection);
  };
}
