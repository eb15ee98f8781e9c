/** The board: how to connect it, and what it says of itself. */
import { BOARD_WORDS, tableOf } from "../../../boards/named.ts";
import type { BoardFacts } from "../../board/board.ts";
import type { Way } from "./session.ts";
import { hasWebBluetooth } from "./web-bluetooth.ts";
import { hasWebSerial } from "./web-serial.ts";

export interface BoardProps {
  facts: BoardFacts | undefined;
  isConnecting: boolean;
  isBusy: boolean;
  onConnect: (way: Way) => void;
  onDisconnect: () => void;
}

const NAMES = BOARD_WORDS.map((word) => tableOf(word).name);

const percent = (part: number, whole: number): number => Math.round((100 * part) / whole);

function Facts({ facts: { board, version, free, total, storage } }: { facts: BoardFacts }) {
  const room = storage.free + storage.trash;
  return (
    <dl>
      <dt>Board</dt>
      <dd>
        {board}, Espruino {version}
      </dd>
      <dt>Memory</dt>
      <dd>
        {free} of {total} variables free ({percent(free, total)} %)
      </dd>
      <dt>Storage</dt>
      <dd>
        {Math.round(room / 1024)} of {Math.round(storage.total / 1024)} kB free
      </dd>
    </dl>
  );
}

export function BoardPanel({ facts, isConnecting, isBusy, onConnect, onDisconnect }: BoardProps) {
  const lacksBoth = !hasWebSerial() && !hasWebBluetooth();
  const lacking = hasWebSerial() ? "Bluetooth" : "USB";
  return (
    <section aria-labelledby="board-title">
      <h2 id="board-title">Board</h2>
      {facts ? (
        <>
          <Facts facts={facts} />
          <button type="button" class="quiet" disabled={isBusy} onClick={onDisconnect}>
            Disconnect
          </button>
        </>
      ) : (
        <>
          <p class="help">
            An {NAMES.slice(0, -1).join(", ")} or {NAMES.at(-1)} that runs Espruino, and no other program or
            page at its port.
          </p>
          <div class="row">
            <button type="button" disabled={!hasWebSerial() || isConnecting} onClick={() => onConnect("usb")}>
              Connect by USB
            </button>
            <button
              type="button"
              disabled={!hasWebBluetooth() || isConnecting}
              onClick={() => onConnect("bluetooth")}
            >
              Connect by Bluetooth
            </button>
          </div>
          <p class="help">
            By Bluetooth all but an ESP8266, which has none: an ESP32 is “Espruino ESP32” in the list. All
            works as by USB, more slowly.
          </p>
          {!lacksBoth && hasWebSerial() !== hasWebBluetooth() && (
            <p class="help">This browser reaches no boards by {lacking}.</p>
          )}
          {lacksBoth && (
            <p class="mistake">
              This browser reaches no boards: use Chrome or Edge on a computer, or Chrome on Android, over
              https or on this machine.
            </p>
          )}
        </>
      )}
    </section>
  );
}
