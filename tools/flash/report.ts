/** What a person reads while a board is flashed. */
import colors from "../colors.ts";
import { good, grouped } from "../output.ts";
import type { Output } from "../output.ts";
import type { FlashEvent } from "./events.ts";
import { hex, sizeText } from "./plan.ts";

/** Enough of a checksum to tell images apart. */
const SHORT = 12;

function firmwareText(event: FlashEvent & { event: "firmware" }): string {
  const { chip, path, parts, mode, frequency } = event;
  const rows = parts.map(({ name, address, bytes, sha256 }) => {
    const sum = colors.dim(`SHA-256 ${sha256.slice(0, SHORT)}…`);
    return `  ${hex(address).padStart(8)}  ${name.padEnd(28)} ${grouped(bytes).padStart(9)} bytes  ${sum}`;
  });
  const sum = event.sha256 === undefined ? [] : [`  ${colors.dim(`SHA-256 ${event.sha256}`)}`];
  return [good(`Espruino for ${chip} from ${path}, ${mode} ${frequency} MHz`), ...sum, ...rows].join("\n");
}

/** What a person reads of an event, or nothing. */
function textOf(event: FlashEvent): string | undefined {
  switch (event.event) {
    case "firmware":
      return firmwareText(event);
    case "chip":
      return good(`${event.chip} ${event.mac} with ${sizeText(event.flashBytes)} of flash`);
    case "dry-run":
      return `  Nothing was changed. By hand: ${event.command}`;
    case "declined":
      return "  Nothing was changed.";
    case "erase":
      return "  Erasing; this takes up to a minute.";
    case "progress":
      return undefined;
    case "written":
      return good(`${grouped(event.bytes)} bytes written, and they read back as they should`);
    case "restart":
      return event.byHand
        ? "  Press EN (reset) on the board: this port cannot restart it."
        : good("restarted");
    case "prompt":
      return good(`${event.board} answers with Espruino ${event.version}`);
  }
}

/** Tells a program each event, and a person lines and a bar. */
export function createReport(output: Output): (event: FlashEvent) => void {
  return (event) => {
    if (event.event === "progress" && !output.json) output.progress(event.name, event.done, event.total);
    else output.tell(event, textOf(event));
  };
}
