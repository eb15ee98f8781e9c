/** A byte stream to the console of a board: a serial port, TCP, a pseudo terminal, a simulated board, a browser's port. */
export interface Transport {
  /** As the user names it. */
  readonly name: string;
  /** Sends characters 0…255; resolves once they are handed on, rejects when the port is gone. */
  write(bytes: string): Promise<void>;
  /** Calls back with what comes; one listener, which a later one takes the place of. */
  onData(listener: (bytes: string) => void): void;
  /** Calls back once when the port goes away without `close`, with what the system says of it. */
  onClose(listener: (reason: string) => void): void;
  close(): Promise<void>;
  /** Connects anew: a console on the network goes away when its interpreter starts anew, and comes back. */
  reopen?(): Promise<void>;
}
