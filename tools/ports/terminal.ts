/** The console of a simulated board as a port. */
import type { SimulatedBoard } from "../../sim/world.ts";
import type { Transport } from "../board/transport.ts";

export interface TerminalPort extends Transport {
  /** Pulls the cable out. */
  unplug(reason?: string): void;
}

export function openTerminal(name: string, board: SimulatedBoard): TerminalPort {
  let onData: (bytes: string) => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  let isOpen = true;
  const removeListener = board.terminal.onData((bytes) => {
    if (isOpen) onData(bytes);
  });
  return {
    name,
    write(bytes) {
      if (!isOpen) return Promise.reject(new Error("it was unplugged"));
      board.terminal.write(bytes);
      return Promise.resolve();
    },
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
    close() {
      isOpen = false;
      removeListener();
      return Promise.resolve();
    },
    unplug(reason = "it was unplugged") {
      if (!isOpen) return;
      isOpen = false;
      removeListener();
      onClose(reason);
    },
  };
}
