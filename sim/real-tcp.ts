import { connect } from "node:net";
import type { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import type { Peer } from "./connection.ts";
import { DIAL_WORKER } from "./dial-worker.ts";
import { shakeHands } from "./tls-server.ts";
import type { Outcome } from "./tls-server.ts";
import type { Credentials } from "./tls.ts";

/** Takes one end of a connection and ties a real TCP connection to it. */
export type Bridge = (peer: Peer) => void;

/** Real TCP connections of the boards of a world. They do not keep the process alive. */
export interface RealTcp {
  /** Connects in the background; calls back with the bridge, or with undefined when it was refused. */
  dial(address: string, port: number, callback: (bridge: Bridge | undefined) => void): void;
  /**
   * Connects while the caller waits, at most 10 s; gives undefined when it was refused. With `credentials` TLS follows, whose
   * handshake the bridge carries over into the simulated network.
   */
  dialSync(address: string, port: number, credentials?: Credentials): Bridge | undefined;
  /** Destroys every connection and ends the thread. */
  close(): void;
}

interface WorkerMessage {
  id: number;
  data?: Uint8Array;
  end?: true;
  failed?: true;
  /** How the handshake ended. */
  tls?: Outcome;
}

const LONGEST_DIAL = 10000;

const bridgeSocket = (socket: Socket): Bridge => {
  return (peer) => {
    peer.onData = (bytes) => void socket.write(bytes);
    peer.onClose = (hadError) => void (hadError ? socket.resetAndDestroy() : socket.end());
    socket.on("data", (bytes) => peer.write(bytes));
    socket.on("end", () => peer.end());
    socket.on("error", () => peer.reset());
    if (socket.destroyed) peer.reset();
    socket.resume();
  };
};

/** The thread with the sockets that were dialled synchronously. */
class Dialler {
  private readonly worker: Worker;
  private readonly peers = new Map<number, (message: WorkerMessage) => void>();
  private lastId = 0;

  constructor() {
    this.worker = new Worker(DIAL_WORKER, { eval: true, execArgv: [] });
    this.worker.on("message", (message: WorkerMessage) => this.peers.get(message.id)?.(message));
    this.worker.unref();
  }

  dial(host: string, port: number, credentials: Credentials | undefined): Bridge | undefined {
    const id = ++this.lastId;
    const outcome = new SharedArrayBuffer(4);
    const cell = new Int32Array(outcome);
    this.worker.postMessage({ dial: id, host, port, outcome, secured: !!credentials });
    Atomics.wait(cell, 0, 0, LONGEST_DIAL);
    if (Atomics.compareExchange(cell, 0, 0, 3) !== 1) return undefined;
    const early: WorkerMessage[] = [];
    this.peers.set(id, (message) => void early.push(message));
    const bridge: Bridge = (peer) => {
      peer.onData = (bytes) => this.worker.postMessage({ write: id, bytes });
      this.follow(id, peer);
      const relay = (message: WorkerMessage): void => {
        if (message.data) return peer.write(Buffer.from(message.data));
        this.peers.delete(id);
        if (message.end) peer.end();
        else peer.reset();
      };
      this.peers.set(id, relay);
      early.forEach(relay);
    };
    if (!credentials) return bridge;
    return shakeHands(bridge, (peer, settle) => {
      this.follow(id, peer);
      this.peers.set(id, (message) => {
        if (!message.tls) return void early.push(message);
        if (message.tls !== "done") this.peers.delete(id);
        settle(message.tls);
      });
      this.worker.postMessage({ secure: id, credentials });
    });
  }

  /** Ends the socket when the board ends its side. */
  private follow(id: number, peer: Peer): void {
    peer.onClose = (hadError) => this.worker.postMessage(hadError ? { reset: id } : { end: id });
  }

  close(): void {
    void this.worker.terminate();
  }
}

/** Makes the real network of a world; nothing is started before the first dial. */
export function createRealTcp(): RealTcp {
  const sockets = new Set<Socket>();
  let dialler: Dialler | undefined;
  return {
    dial(address, port, callback) {
      const socket = connect({ host: address, port, noDelay: true });
      sockets.add(socket);
      socket.unref();
      socket.pause();
      let connected = false;
      socket.once("connect", () => {
        connected = true;
        callback(bridgeSocket(socket));
      });
      socket.on("error", () => {
        if (!connected) callback(undefined);
      });
      socket.on("close", () => sockets.delete(socket));
    },
    dialSync(address, port, credentials) {
      dialler ??= new Dialler();
      return dialler.dial(address, port, credentials);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      dialler?.close();
    },
  };
}
