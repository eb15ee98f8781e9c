/** `ristretto flash`: Espruino onto a chip, and then a node onto Espruino. */
import { loadNode } from "../configuration/node-file.ts";
import { createOutput } from "../output.ts";
import { DEFAULT_BAUD } from "../ports/open.ts";
import { upload } from "../upload.ts";
import { flash } from "./flash.ts";
import type { FlashOptions, FlashWays } from "./flash.ts";
import { openLine } from "./line.ts";
import { waitForPrompt } from "./prompt.ts";
import { createReport } from "./report.ts";

/** Seconds to wait for the first acknowledged reading. */
const READING = 90;

/** `port` may be left out in a dry run; with a configuration the node is uploaded as soon as Espruino answers. */
export async function flashAndUpload(
  configuration: string | undefined,
  options: FlashOptions,
  port: string | undefined,
  json: boolean,
  confirm: FlashWays["confirm"],
): Promise<void> {
  // Its mistakes are told before anything is erased.
  const node = configuration === undefined ? undefined : loadNode(configuration).node;
  const chip = node && (node.board === "esp32" ? "ESP32" : "ESP8266");
  const output = createOutput(json);
  const emit = createReport(output);
  let byHand = false;
  let isDone: boolean;
  try {
    isDone = await flash(
      { ...options, chip },
      {
        emit(event) {
          if (event.event === "restart") byHand = event.byHand;
          emit(event);
        },
        port: port ?? "PORT",
        open: port === undefined ? undefined : () => openLine(port, DEFAULT_BAUD),
        confirm,
      },
    );
  } finally {
    output.settle();
  }
  if (!isDone || port === undefined) return;
  const { board, version } = await waitForPrompt(port, byHand);
  emit({ event: "prompt", board, version });
  if (configuration === undefined) return;
  const wishes = { dryRun: false, force: false, detach: false, timeout: READING };
  await upload(configuration, { port, baud: DEFAULT_BAUD, json, ...wishes });
}
