import { Command } from "commander";
import { integer } from "../arguments.ts";

async function run({ port }: { port: number }): Promise<void> {
  const { servePage } = await import("../page/serve.ts");
  const { url } = await servePage(port);
  process.stdout.write(`Open ${url} in Chrome, Edge or another browser with Web Serial. Ctrl-C ends it.\n`);
}

export function pageCommand(): Command {
  return new Command("page")
    .description(
      "Configure, upload to and follow a board in the browser: serves the page on this machine alone.",
    )
    .option("--port <port>", "port to serve it on; 0 is any that is free", integer(0, 65535), 0)
    .action(run);
}
