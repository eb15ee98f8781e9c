/** One connection to a board: opened by what the browser has, used by what the command uses, too. */
import { Board } from "../../board/board.ts";
import type { BoardFacts } from "../../board/board.ts";
import type { Transport } from "../../board/transport.ts";
import { upload } from "../../board/upload.ts";
import type { UploadEvent, UploadPlan, UploadResult } from "../../board/upload.ts";
import { UserError } from "../../user-error.ts";
import { openWebBluetooth } from "./web-bluetooth.ts";
import { openWebSerial } from "./web-serial.ts";

export type Way = "usb" | "bluetooth";

const OPEN: Record<Way, () => Promise<Transport>> = { usb: openWebSerial, bluetooth: openWebBluetooth };

export interface Session {
  facts: BoardFacts;
  /** Types a line at the console, as a person would. */
  send(line: string): Promise<void>;
  upload(plan: UploadPlan, emit: (event: UploadEvent) => void): Promise<UploadResult>;
  close(): Promise<void>;
}

export interface SessionListeners {
  onLine: (line: string) => void;
  /** The board is gone, and nobody closed the session. */
  onClose: (reason: string) => void;
}

/** What went wrong, for people; undefined when a person only closed the browser's list of ports. */
export function messageOf(error: unknown): string | undefined {
  if (error instanceof UserError) return error.line;
  if (!(error instanceof Error)) return String(error);
  switch (error.name) {
    case "NotFoundError":
      return undefined;
    case "NetworkError":
    case "InvalidStateError":
      return `The port cannot be opened: ${error.message} Close other pages and programs that use it.`;
    default:
      return error.message;
  }
}

/** Lets the person choose a board, and gets a prompt from it. */
export async function connect(way: Way, { onLine, onClose }: SessionListeners): Promise<Session> {
  const board = new Board(await OPEN[way]());
  board.console.onLine(onLine);
  board.console.onClose(onClose);
  try {
    await board.connect();
    const facts = await board.facts();
    return {
      facts,
      send: (line) => board.console.send(`${line}\n`),
      upload: (plan, emit) => upload(board, plan, emit),
      close: () => board.disconnect(),
    };
  } catch (error) {
    await board.disconnect();
    throw error;
  }
}
