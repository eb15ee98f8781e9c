/** `ristretto flash`: Espruino onto a chip, and then a node onto Espruino. */
import { BOARDS } from "../../boards/index.ts";
import { interruptible } from "../interrupt.ts";
import { createOutput } from "../output.ts";
import { DEFAULT_BAUD } from "../ports/open.ts";
import { flash } from "./flash.ts";
import type { FlashOptions, FlashWays } from "./flash.ts";
import type { Chip } from "./image.ts";
import { openLine } from "./line.ts";
import { waitForPrompt } from "./prompt.ts";
import { createReport } from "./report.ts";

/** Seconds to wait for the first acknowledged reading. */
const READING = 90;

/** The chip that a configuration is for; its mistakes are told here, before anything is erased. */
async function chipFor(configuration: string): Promise<Chip> {
  const { loadNode } = await import("../configuration/node-file.ts");
  return BOARDS[loadNode(configuration).node.board].chip.name;
}

/** `port` may be left out in a dry run; with a configuration the node is uploaded as soon as Espruino answers. */
export async function flashAndUpload(
  configuration: string | undefined,
  options: FlashOptions,
  port: string | undefined,
  json: boolean,
  confirm: FlashWays["confirm"],
): Promise<void> {
  const chip = configuration === undefined ? undefined : await chipFor(configuration);
  const output = createOutput(json);
  const emit = createReport(output);
  let byHand = false;
  let isChanged = false;
  let isDone: boolean;
  try {
    const ways: FlashWays = {
      emit(event) {
        if (event.event === "restart") byHand = event.byHand;
        isChanged ||= event.event === "erase" || event.event === "progress";
        emit(event);
      },
      port: port ?? "PORT",
      open: port === undefined ? undefined : () => openLine(port, DEFAULT_BAUD),
      confirm,
    };
    isDone = await interruptible(
      () => flash({ ...options, chip }, ways),
      () => {
        output.settle();
        return isChanged
          ? "Interrupted: what is on the board does not start. Flash it once more."
          : "Interrupted: nothing was changed.";
      },
    );
  } finally {
    output.settle();
  }
  if (!isDone || port === undefined) return;
  const { board, version } = await waitForPrompt(port, byHand);
  emit({ event: "prompt", board, version });
  if (configuration === undefined) return;
  const { upload } = await import("../upload.ts");
  const wishes = { dryRun: false, force: false, detach: false, timeout: READING };
  await upload(configuration, { port, baud: DEFAULT_BAUD, json, ...wishes });
}
