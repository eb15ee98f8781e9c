/** Draws what happens while a board is flashed: lines, and a bar where there is a terminal. */
import { Presets, SingleBar } from "cli-progress";
import colors from "picocolors";
import type { FlashEvent } from "./events.ts";
import { hex, sizeText } from "./plan.ts";

/** Enough of a checksum to tell images apart. */
const SHORT = 12;

function firmwareLines(event: FlashEvent & { event: "firmware" }): string[] {
  const { chip, path, parts, mode, frequency } = event;
  const rows = parts.map(({ name, address, bytes, sha256 }) => {
    const place = hex(address).padStart(8);
    return `  ${place}  ${name.padEnd(28)} ${String(bytes).padStart(8)} bytes  ${colors.dim(`SHA-256 ${sha256.slice(0, SHORT)}…`)}`;
  });
  const sum = event.sha256 === undefined ? [] : [colors.dim(`SHA-256 ${event.sha256}`)];
  return [`${colors.bold(`Espruino for ${chip}`)} from ${path}, ${mode} ${frequency} MHz`, ...sum, ...rows];
}

/** What a person reads of an event, or nothing. */
function lines(event: FlashEvent): string[] {
  switch (event.event) {
    case "firmware":
      return firmwareLines(event);
    case "chip":
      return [`${colors.bold(event.chip)} ${event.mac} with ${sizeText(event.flashBytes)} of flash`];
    case "dry-run":
      return [`Nothing was changed. By hand: ${event.command}`];
    case "erase":
      return ["Erasing; this takes up to a minute."];
    case "progress":
      return [];
    case "written":
      return [`${event.bytes} bytes written, and they read back as they should.`];
    case "restart":
      return [
        event.byHand
          ? "Press EN (reset) on the board: this port cannot restart it."
          : "The board restarts with Espruino.",
      ];
  }
}

/** Writes to `stream`; the bar is drawn on a terminal only. */
export function createReport(stream: NodeJS.WriteStream): (event: FlashEvent) => void {
  const bar = new SingleBar(
    { stream, format: "{bar} {percentage}% {name}", hideCursor: true },
    Presets.shades_classic,
  );
  let isDrawn = false;
  return (event) => {
    if (event.event === "progress" && stream.isTTY) {
      if (isDrawn) bar.update(event.done, { name: event.name });
      else bar.start(event.total, event.done, { name: event.name });
      isDrawn = true;
      return;
    }
    if (isDrawn) bar.stop();
    isDrawn = false;
    for (const line of lines(event)) stream.write(`${line}\n`);
  };
}
