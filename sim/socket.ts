import type { Socket } from "../hw/espruino.d.ts";
import { createEmitter } from "./emitter.ts";
import type { Callback, Emitter } from "./emitter.ts";
import type { IdleLoop } from "./idle-loop.ts";
import { SOCKET_CLOSED, SOCKET_ERRORS, SOCKET_NO_CONNECTION, SOCKET_UNSENT_DATA } from "./net-driver.ts";
import type { NetSocket } from "./net-driver.ts";
import type { Realm } from "./realm.ts";

/** What the sockets of a board have in common. */
export interface SocketContext {
  realm: Realm;
  loop: IdleLoop;
  /** Most bytes received or sent in one pass of the idle loop. */
  chunkSize(): { receive: number; send: number };
  complain(text: string): void;
}

// STREAM_MAX_BUFFER_SIZE: what waits for a 'data' listener.
const STREAM_BUFFER = 512;

const toBytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** Characters above 255 lose their upper bits, as every string does on a board. */
const mask = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

/**
 * A socket of `require("net")`: clientRequestWrite, clientRequestEnd and socketClientConnectionsIdle of
 * Espruino's libs/network/socketserver.c, statement by statement, so that its order of events is theirs.
 */
export class BoardSocket {
  /** What the program holds. */
  readonly object: Socket;
  private readonly context: SocketContext;
  private readonly net: NetSocket;
  private readonly emitter: Emitter;
  private readonly onConnect: Callback | undefined;
  /** `dSnd`: written and not yet sent. The program may empty it. */
  private unsent: string | undefined;
  private connected = false;
  private closing = false;
  private closeNow = false;
  /** Arrived before there was a 'data' listener; the rest is in `overflow`. */
  private buffered = "";
  private overflow = "";

  constructor(context: SocketContext, net: NetSocket, onConnect: Callback | undefined) {
    this.context = context;
    this.net = net;
    this.onConnect = onConnect;
    this.emitter = createEmitter(context.realm, (event) => event === "data" && this.releaseBuffer());
    this.object = context.realm.record({
      write: (data: unknown) => this.write(data),
      end: () => this.end(),
      on: this.emitter.on,
      dSnd: "",
      dRcv: "",
      clsNow: false,
    });
    Object.defineProperties(this.object, {
      dSnd: {
        get: () => this.unsent,
        set: (text: string | undefined) => {
          this.unsent = text;
          context.loop.wake();
        },
        enumerable: true,
      },
      dRcv: { get: () => this.overflow, set: (text: string) => (this.overflow = text), enumerable: true },
      clsNow: {
        get: () => this.closeNow,
        set: (now: boolean) => {
          this.closeNow = now;
          context.loop.wake();
        },
        enumerable: true,
      },
      "#ondata": { get: () => this.emitter.listeners("data")[0] },
    });
  }

  /** One pass of the idle loop. Gives whether something happened, and whether the socket is gone. */
  idle(): { busy: boolean; gone: boolean } {
    let closeNow = this.closeNow;
    let error = 0;
    let busy = false;
    this.redeliver();
    if (!closeNow) {
      const { unsent } = this;
      const sent = unsent ? this.sendSome(unsent) : 0;
      busy = sent !== 0;
      if (sent < 0) error = sent;
      if (sent < 0 || (!unsent && this.closing)) closeNow = true;
      const received = this.net.receive(this.context.chunkSize().receive);
      if (typeof received !== "number") busy = this.accept(received) || busy;
      else if (this.connected || received !== SOCKET_NO_CONNECTION) {
        closeNow = true;
        error = received;
      }
    }
    if (closeNow) this.finish(error);
    return { busy: busy || closeNow, gone: closeNow };
  }

  /** The board stops or loses its radio: the program hears nothing of it. */
  abandon(how: "silent" | "reset"): void {
    this.net.abandon(how);
  }

  mute(): void {
    this.net.mute();
  }

  private write(data: unknown): boolean {
    if (this.closeNow || this.closing) throw this.context.realm.error("Error", "This socket is closed");
    this.unsent = (this.unsent ?? "") + (data === undefined ? "" : mask(String(data)));
    this.context.loop.wake();
    return false;
  }

  private end(): void {
    if (!this.unsent) this.closeNow = true;
    this.closing = true;
    this.context.loop.wake();
  }

  /** Gives the number of bytes that went, or a negative code. */
  private sendSome(unsent: string): number {
    const sent = this.net.send(toBytes(unsent.slice(0, this.context.chunkSize().send)));
    if (sent <= 0) return sent;
    this.unsent = unsent.slice(sent);
    if (!this.unsent && !this.closing) this.queue("drain", this.object);
    return sent;
  }

  private accept(bytes: Buffer): boolean {
    const first = !this.connected;
    if (first) {
      this.connected = true;
      if (this.onConnect) this.context.loop.queue(this.onConnect, this.object, [this.object]);
      if (!this.unsent) this.queue("drain", this.object);
    }
    if (bytes.length === 0) return first;
    this.deliver(bytes.toString("latin1"));
    return true;
  }

  /** 'data' comes straight from the idle loop; all other events wait their turn in the queue. */
  private deliver(data: string): void {
    const listeners = this.emitter.listeners("data");
    if (listeners.length > 0) {
      for (const listener of listeners) this.context.loop.call(listener, this.object, [data]);
    } else if (!this.buffered) {
      this.buffered = data;
    } else if (!this.overflow && this.buffered.length + data.length <= STREAM_BUFFER) {
      this.buffered += data;
    } else {
      this.overflow += data;
    }
  }

  private releaseBuffer(): void {
    if (this.buffered) this.queue("data", this.buffered);
    this.buffered = "";
  }

  /**
   * Espruino never clears the overflow: a listener that comes late gets the same bytes on every pass, for
   * ever.
   */
  private redeliver(): void {
    if (!this.overflow || this.emitter.listeners("data").length === 0) return;
    this.context.complain(
      `${this.overflow.length} bytes came before there was a 'data' listener: a board repeats them for ever`,
    );
    this.deliver(this.overflow);
    this.overflow = "";
  }

  private finish(error: number): void {
    const { realm } = this.context;
    const code = this.unsent && error === SOCKET_CLOSED ? SOCKET_UNSENT_DATA : error;
    this.net.close();
    this.closing = true;
    const hadError = code < 0 && code !== SOCKET_CLOSED;
    if (hadError)
      this.queue("error", realm.record({ code, message: SOCKET_ERRORS[code] ?? "unknown error" }));
    this.queue("end");
    this.queue("close", hadError);
    const { failure } = this.net;
    // Errors of a pass are told at its end.
    if (failure) this.context.loop.queue(() => void this.throwOut(failure), undefined, []);
  }

  private throwOut(failure: string): never {
    throw this.context.realm.error("InternalError", failure);
  }

  private queue(event: string, ...parts: unknown[]): void {
    for (const listener of this.emitter.listeners(event))
      this.context.loop.queue(listener, this.object, parts);
  }
}
