/** `ristretto upload`: from node.json to a board that publishes. */
import { Board } from "./board/board.ts";
import { pause } from "./board/console.ts";
import { CHUNK } from "./board/files.ts";
import { CONFIG, NEW_CONFIG } from "./board/loader.ts";
import { upload as uploadTo } from "./board/upload.ts";
import type { UploadEvent, UploadPlan } from "./board/upload.ts";
import { buildNode } from "./bundle/build.ts";
import { loadNode } from "./configuration/node-file.ts";
import { modulesFor } from "./configuration/node.ts";
import type { NodeFile } from "./configuration/node.ts";
import { interruptible } from "./interrupt.ts";
import { createOutput, good, grouped, warning } from "./output.ts";
import type { Output } from "./output.ts";
import { openPort } from "./ports/open.ts";
import type { OpenWitness } from "./witness.ts";

export interface UploadOptions {
  port?: string;
  baud: number;
  only?: "config" | "code";
  dryRun: boolean;
  json: boolean;
  force: boolean;
  detach: boolean;
  /** Seconds. */
  timeout: number;
}

/** The word for a simulated board as a port. */
const SIMULATED = "simulated";

/** What a file of the board is to people; undefined for those that only the loader needs. */
function nameOf(file: string): string | undefined {
  if (file.endsWith(".new") && file !== NEW_CONFIG) return undefined;
  return file === NEW_CONFIG || file === CONFIG ? "configuration" : "program";
}

/** What happened, in a line for people. */
function lineOf(event: UploadEvent, dryRun: boolean): string | undefined {
  switch (event.stage) {
    case "connect":
      return good(`console at ${event.port}`);
    case "check": {
      const { board, version, free, total, storage } = event.facts;
      return good(
        `${board} with Espruino ${version}: ${grouped(free)} of ${grouped(total)} variables free, ${grouped(storage.free + storage.trash)} bytes of Storage`,
      );
    }
    case "same":
      return good(`${nameOf(event.file) ?? event.file}: the board has it already`);
    case "write":
      return dryRun
        ? `  would write ${event.file}: ${grouped(event.total)} bytes in ${Math.ceil(event.total / CHUNK)} lines`
        : undefined;
    case "verify": {
      const name = nameOf(event.file);
      return name && good(`${name}: ${grouped(event.bytes)} bytes, read back and equal`);
    }
    case "start":
      return good("started; what the board says:");
    case "log":
      return `  ${event.line}`;
    case "close":
      return "  The node closed its console, as it does on the network; waiting for its reading at the broker.";
    case "end":
      return event.reading
        ? good(`first reading acknowledged: ${event.reading.sensor} ${JSON.stringify(event.reading.reading)}`)
        : warning("started; nobody waited for a reading");
  }
}

function tell(output: Output, event: UploadEvent, dryRun: boolean): void {
  const name = event.stage === "write" ? nameOf(event.file) : undefined;
  if (event.stage === "write" && name && !dryRun) output.progress(name, event.done, event.total);
  // A program is told of whole files.
  if (event.stage === "write" && !dryRun && event.done < event.total) return;
  output.tell({ event: event.stage, ...event, stage: undefined }, lineOf(event, dryRun));
}

async function planFor(
  node: NodeFile,
  options: UploadOptions,
  witness: UploadPlan["witness"],
): Promise<UploadPlan> {
  const { code, config, words, variables } = await buildNode(node, () => {
    process.stderr.write("Building the firmware …\n");
  });
  return {
    board: node.board,
    ...(options.only === "config" ? { words } : { code }),
    ...(options.only === "code" ? {} : { config }),
    modules: modulesFor(node),
    variables: variables.held,
    force: options.force,
    dryRun: options.dryRun,
    detach: options.detach,
    patience: options.timeout * 1000,
    witness,
  };
}

export async function upload(path: string, options: UploadOptions): Promise<void> {
  const output = createOutput(options.json);
  const { node, warnings } = loadNode(path);
  for (const text of warnings) output.tell({ event: "warning", text }, warning(text));
  const witnesses: OpenWitness[] = [];
  const listen: UploadPlan["witness"] = async (id) => {
    const { openWitness } = await import("./witness.ts");
    const witness = await openWitness(node, id);
    witnesses.push(witness);
    return witness;
  };
  // First: building takes a while, and a port that is misspelt should not wait for it.
  const port =
    options.port === SIMULATED
      ? await (await import("./ports/simulated.ts")).openSimulated(SIMULATED, node)
      : await openPort(options.port, options.baud);
  const board = new Board(port);
  let isStarted = false;
  const emit = (event: UploadEvent): void => {
    isStarted ||= event.stage === "start";
    tell(output, event, options.dryRun);
  };
  async function leave(): Promise<string> {
    output.settle();
    if (isStarted) return "Not followed any more; the node runs on.";
    if (!options.dryRun)
      await Promise.race([board.console.type("load()").catch(() => undefined), pause(1000)]);
    return "Interrupted: the board goes on with what it had, and the next upload where this one was.";
  }
  try {
    await interruptible(async () => uploadTo(board, await planFor(node, options, listen), emit), leave);
  } finally {
    output.settle();
    await board.disconnect();
    for (const witness of witnesses) await witness.close();
  }
}
