import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { servePage } from "../../../tools/page/serve.ts";
import type { ServedPage } from "../../../tools/page/serve.ts";
import { run } from "../../support/command.ts";

describe("the page's server", () => {
  let served: ServedPage;
  beforeEach(async () => (served = await servePage(0)));
  afterEach(() => served.close());

  it("serves every file of the page with its type, and nothing else", async () => {
    for (const [path, type] of [
      ["", "text/html; charset=utf-8"],
      ["index.html", "text/html; charset=utf-8"],
      ["page.js", "text/javascript; charset=utf-8"],
      ["page.css", "text/css; charset=utf-8"],
      ["icon.svg", "image/svg+xml"],
      ["esp32.min.js", "text/javascript; charset=utf-8"],
    ]) {
      const response = await fetch(served.url + path!);
      assert.equal(response.status, 200, path);
      assert.equal(response.headers.get("content-type"), type);
      const file = readFileSync(`dist/page/${path! || "index.html"}`);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(file));
    }
    for (const path of ["package.json", "..%2f..%2fpackage.json", "%2e%2e/esp32.js", "x.js"]) {
      assert.equal((await fetch(served.url + path)).status, 404, path);
    }
    assert.equal((await fetch(served.url, { method: "POST" })).status, 405);
  });

  it("is there on this machine alone", async () => {
    const { port } = new URL(served.url);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.internal === false && one.family === "IPv4");
    for (const { address } of others.map((one) => one!)) {
      const socket = connect({ host: address, port: Number(port) });
      const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
      assert.equal(error.code, "ECONNREFUSED");
    }
  });
});

describe("the built page", () => {
  it("can be hosted in any folder, and asks nobody else for anything", () => {
    const page = readFileSync("dist/page/index.html", "utf8");
    const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!);
    assert.deepEqual(links.sort(), ["icon.svg", "page.css", "page.js"]);
    assert.deepEqual(readdirSync("dist/page").sort(), [
      "esp32.min.js",
      "esp8266.min.js",
      "icon.svg",
      "index.html",
      "page.css",
      "page.js",
    ]);
  });

  it("has the firmware of dist/", () => {
    for (const name of ["esp32.min.js", "esp8266.min.js"])
      assert.ok(readFileSync(`dist/page/${name}`).equals(readFileSync(`dist/${name}`)));
  });
});

describe("ristretto page", function () {
  this.timeout(60000);

  it("says where the page is, and serves it until it is ended", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "tools/ristretto.ts", "page"]);
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line) ?? [];
      assert.ok(url, line);
      assert.match(await (await fetch(url)).text(), /<title>ristretto<\/title>/);
    } finally {
      child.kill();
    }
  });

  it("says in one line that a port is taken", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const { code, stderr } = await run("page", "--port", String(port));
      assert.equal(code, 3);
      assert.equal(stderr, `Port ${port} is taken. Choose another with --port, or leave it out.\n`);
    } finally {
      other.close();
    }
  });
});
