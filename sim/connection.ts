import type { Clock } from "./clock.ts";
import { PacketFilter, ProtocolLevel } from "./packet-filter.ts";
import type { Judge } from "./packet-filter.ts";
import { Pipe } from "./pipe.ts";
import type { Ending } from "./pipe.ts";

/** Which way a packet goes: "up" from the board to the server. */
export type Direction = "up" | "down";

/** The server's end of a connection. Callbacks come under the world's clock, synchronously. */
export interface Peer {
  /** Counts up from 1 in a world. */
  readonly id: number;
  onData: (bytes: Buffer) => void;
  /** The board closed (false) or the connection was reset (true); comes once at most, not after `reset`. */
  onClose: (hadError: boolean) => void;
  /** A string is taken as latin1. */
  write(bytes: Buffer | string): void;
  /** Closes in order: the board gets what was written before. */
  end(): void;
  /** Resets; nothing is called back afterwards. */
  reset(): void;
  /** Tells the world that this end works through Node's event loop; `duplexOf` does so at each turn. */
  touch(): void;
}

/** What a connection needs from its network. */
export interface ConnectionOptions {
  id: number;
  serial: string;
  host: string;
  port: number;
  clock: Clock;
  /** Gives the server its end. */
  accept(peer: Peer): void;
  latency(): number;
  silenced(): boolean;
  judge(connection: Connection, direction: Direction): Judge | undefined;
  onTouch(): void;
  onClosed(connection: Connection): void;
}

/** A TCP connection between a board and a server. */
export class Connection {
  readonly id: number;
  /** Serial number of the board. */
  readonly serial: string;
  /** As the program named it. */
  readonly host: string;
  readonly port: number;
  readonly peer: Peer;
  /** What arrived at the board and was not read yet. */
  received: Buffer = Buffer.alloc(0);
  /** How the server's side ended, as far as the board knows. */
  remote: "open" | "ended" | "reset" = "open";
  /** Bytes the board sent that were not acknowledged. */
  unacknowledged = 0;
  /** Tells the board that something of the above changed. */
  onChange: () => void = () => undefined;

  private readonly options: ConnectionOptions;
  private readonly up: Pipe;
  private readonly down: Pipe;
  private readonly level = new ProtocolLevel();
  private dead = false;
  private boardDone = false;
  private peerDone = false;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.id = options.id;
    this.serial = options.serial;
    this.host = options.host;
    this.port = options.port;
    this.up = this.createPipe("up");
    this.down = this.createPipe("down");
    this.peer = this.createPeer();
    this.up.open();
  }

  /** Sends from the board; acknowledged a round trip later. */
  send(bytes: Buffer): void {
    this.unacknowledged += bytes.length;
    this.level.read(bytes);
    this.up.send(bytes);
    this.options.clock.setTimeout(() => {
      if (this.vanishes()) return;
      this.unacknowledged -= bytes.length;
      this.onChange();
    }, 2 * this.options.latency());
  }

  /** The board closes its end; the server is told in time, or never when the board goes silent. */
  close(ending: Ending | "silent"): void {
    if (this.boardDone) return;
    this.boardDone = true;
    if (ending === "silent") this.goDead();
    else this.up.finish(ending);
    this.onChange = () => undefined;
    this.options.onClosed(this);
  }

  /** From now on nothing passes either way and nobody is told: the plug was pulled or the radio went away. */
  goDead(): void {
    this.dead = true;
    this.up.drain();
    this.down.drain();
  }

  /** Resets both ends at once; what was delivered stays delivered, what is under way is lost. */
  cut(): void {
    this.goDead();
    this.endPeer("reset");
    this.endBoard("reset");
  }

  private createPipe(direction: Direction): Pipe {
    const { clock, latency, judge } = this.options;
    return new Pipe({
      clock,
      latency,
      filter: new PacketFilter(() => judge(this, direction), this.level),
      vanishes: () => this.vanishes(),
      onOpen: () => this.options.accept(this.peer),
      onBytes: (bytes) => {
        if (direction === "down") this.receive(bytes);
        else if (!this.peerDone) this.peer.onData(bytes);
      },
      onEnding: (ending) => (direction === "up" ? this.endPeer(ending) : this.endBoard(ending)),
    });
  }

  private createPeer(): Peer {
    let ended = false;
    return {
      id: this.id,
      onData: () => undefined,
      onClose: () => undefined,
      touch: this.options.onTouch,
      write: (bytes) => {
        if (!ended && !this.peerDone)
          this.down.send(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, "latin1"));
      },
      end: () => {
        if (!ended && !this.peerDone) this.down.finish("end");
        ended = true;
      },
      reset: () => {
        if (!this.peerDone) this.down.finish("reset");
        ended = this.peerDone = true;
      },
    };
  }

  /** A stream that lost a piece to silence never recovers: TCP knows no gaps. */
  private vanishes(): boolean {
    if (this.options.silenced()) this.dead = true;
    return this.dead;
  }

  private receive(bytes: Buffer): void {
    if (this.boardDone) return;
    this.received = Buffer.concat([this.received, bytes]);
    this.onChange();
  }

  private endBoard(ending: Ending): void {
    if (this.boardDone || this.remote !== "open") return;
    this.remote = ending === "end" ? "ended" : "reset";
    this.onChange();
  }

  private endPeer(ending: Ending): void {
    if (this.peerDone) return;
    this.peerDone = true;
    this.peer.onClose(ending === "reset");
  }
}
