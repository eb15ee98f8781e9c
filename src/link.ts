/** Where a link leads. */
export interface Address {
  /** Name or dotted address, without a scheme. */
  host: string;
  /** 1…65535. */
  port: number;
}

/** What a link reports; a handler is never called from inside `open`, and none is called after `onClose`. */
export interface LinkHandlers {
  /** Bytes can be written and will reach the peer. */
  onOpen(): void;
  /** Any piece of the stream, as a byte string. */
  onData(bytes: string): void;
  /** Everything written so far was handed to the network. Certain after a `write` that gave false, else optional. */
  onDrain(): void;
  /** The end, exactly once per `open`, with a reason code of reason.ts. */
  onClose(reasonCode: number): void;
}

/**
 * A byte stream to one peer at a time: the transport that boards offer to the client, which owns no socket itself.
 */
export interface Link {
  /** Opens the stream; only when the one before has reported `onClose`. */
  open(address: Address, handlers: LinkHandlers): void;
  /**
   * Queues bytes, however many. Only between `onOpen` and `onClose`; two writes in a row leave in one segment. False when
   * it holds as much as it should: what can wait had better wait for `onDrain`.
   */
  write(bytes: string): boolean;
  /**
   * Ends the stream, also one that is opening or stuck; `onClose` follows within 5 s, or the client goes on
   * without it, and it must not follow any more. Harmless when there is none.
   */
  close(): void;
  /**
   * Is the stream whole? False from the moment that the engine lost a part of it for want of memory, or
   * lost what takes it. The client asks once a second and ends what is not intact; a link whose end would
   * not be reported any more reports it from in here. A link that loses nothing has no such member.
   */
  isIntact?(): boolean;
}
