/** Serves the built page to a browser on this machine: Web Serial and Web Bluetooth want https, or a loopback address. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { EXIT } from "../exit-code.ts";
import { packageRoot } from "../root.ts";
import { UserError } from "../user-error.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** Nothing from anywhere else; the page says so itself too, for those who host it. */
const HEADERS = { "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff" };

/** All files of the page, by their path; whatever else is asked for is not there. */
function filesOf(folder: string): Map<string, Buffer> {
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, readFileSync(join(folder, name))]));
  files.set("/", files.get("/index.html")!);
  return files;
}

function answer(
  files: Map<string, Buffer>,
  { method, url = "/" }: IncomingMessage,
  response: ServerResponse,
): void {
  const path = new URL(url, "http://localhost").pathname;
  const file = files.get(path);
  if (!file || (method !== "GET" && method !== "HEAD")) {
    response.writeHead(file ? 405 : 404, HEADERS).end();
    return;
  }
  const type = TYPES[extname(path) || ".html"] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "Content-Type": type }).end(method === "HEAD" ? undefined : file);
}

export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves it on 127.0.0.1; port 0 is any that is free. */
export async function servePage(port: number): Promise<ServedPage> {
  const folder = join(packageRoot(), "dist", "page");
  if (!existsSync(join(folder, "index.html"))) {
    throw new UserError("The page is not built.", 1, "Run npm run build.");
  }
  const files = filesOf(folder);
  const server = createServer((request, response) => {
    answer(files, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", () => {
      reject(
        new UserError(`Port ${port} is taken.`, EXIT.PORT, "Choose another with --port, or leave it out."),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
