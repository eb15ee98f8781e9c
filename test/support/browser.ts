/** The page in a headless browser, at a stand-in for a port whose other end is a board's console over TCP. */
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { servePage } from "../../tools/page/serve.ts";

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface PageBed {
  readonly page: Page;
  /** What the browser complained of: errors of scripts, refused requests, broken policies. */
  readonly complaints: string[];
  /** Addresses that were asked for outside of the page's own server. */
  readonly foreign: string[];
  /** Pulls the cable. */
  unplug(): Promise<void>;
  close(): Promise<void>;
}

export interface PageOptions {
  /** Where the board's console listens, as `tcp://127.0.0.1:port`; without, the port cannot be opened. */
  port?: string;
  width?: number;
  height?: number;
  /** Neither Web Serial nor Web Bluetooth, as most browsers are. */
  bare?: boolean;
  /** What the board's Bluetooth carries at once, in bytes: its MTU less three. Default 20, which every board has. */
  packet?: number;
}

/** Runs in the page, before its own scripts: the browser's ports as the page sees them, `toBoard` leading to the test. */
function standIn(options: { bare: boolean; packet: number }): void {
  interface Bridge {
    toBoard(bytes: string): Promise<void>;
    plugged(isOpen: boolean): Promise<string>;
    fromBoard(bytes: string): void;
    gone(): void;
  }
  const bridge = window as unknown as Bridge;
  const { prototype } = (globalThis as unknown as { Navigator: { prototype: object } }).Navigator;
  const own = (name: string, value: unknown): void => {
    Object.defineProperty(prototype, name, { configurable: true, get: () => value });
  };
  if (options.bare) {
    for (const name of ["serial", "bluetooth"]) Reflect.deleteProperty(prototype, name);
    return;
  }
  const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const textOf = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const isRefused = async (): Promise<void> => {
    const problem = await bridge.plugged(true);
    if (problem) throw new DOMException(problem, "NetworkError");
  };

  const port = {
    readable: null as ReadableStream<Uint8Array> | null,
    writable: null as WritableStream<Uint8Array> | null,
    async open() {
      await isRefused();
      port.readable = new ReadableStream({
        start(controller) {
          bridge.fromBoard = (bytes) => controller.enqueue(bytesOf(bytes));
          bridge.gone = () => controller.error(new DOMException("The device has been lost.", "NetworkError"));
        },
      });
      port.writable = new WritableStream({ write: (bytes) => bridge.toBoard(textOf(bytes)) });
    },
    async close() {
      await bridge.plugged(false);
    },
  };
  own("serial", { requestPort: () => Promise.resolve(port) });

  // A board's Bluetooth as Chromium has it: what does not fit a packet is refused, and so is a write before the last one ended.
  // Espruino asks for a pause when its input is nearly full; here it is full then.
  const NORDIC = (number: number): string => `6e40000${number}-b5a3-f393-e0a9-e50e24dcca9e`;
  const PAUSE_EVERY = 4000;
  const link = { isHeard: false, isWriting: false, isFull: false, received: 0 };
  const input = Object.assign(new EventTarget(), {
    value: undefined as DataView | undefined,
    startNotifications() {
      link.isHeard = true;
      return Promise.resolve();
    },
  });
  function notify(bytes: string): void {
    if (!link.isHeard) return;
    input.value = new DataView(bytesOf(bytes).buffer as ArrayBuffer);
    input.dispatchEvent(new Event("characteristicvaluechanged"));
  }
  const output = {
    async writeValueWithResponse(bytes: Uint8Array) {
      if (bytes.length > options.packet)
        throw new DOMException("GATT Error: invalid length.", "NotSupportedError");
      if (link.isWriting) throw new DOMException("GATT operation already in progress.", "NetworkError");
      if (link.isFull) throw new DOMException("The board lost what came while it was full.", "DataError");
      link.isWriting = true;
      await bridge.toBoard(textOf(bytes));
      link.isWriting = false;
      if ((link.received += bytes.length) < PAUSE_EVERY) return;
      link.received = 0;
      link.isFull = true;
      notify("\x13");
      setTimeout(() => {
        link.isFull = false;
        notify("\x11");
      }, 20);
    },
  };
  const device = Object.assign(new EventTarget(), {
    name: "Espruino ESP32",
    gatt: {
      async connect() {
        await isRefused();
        bridge.fromBoard = (bytes) => {
          for (let at = 0; at < bytes.length; at += options.packet)
            notify(bytes.slice(at, at + options.packet));
        };
        bridge.gone = () => device.dispatchEvent(new Event("gattserverdisconnected"));
        const characteristics: Record<string, unknown> = { [NORDIC(2)]: output, [NORDIC(3)]: input };
        const found = <One>(one: One | undefined): Promise<One> =>
          one
            ? Promise.resolve(one)
            : Promise.reject(new DOMException("Nothing of this id.", "NotFoundError"));
        const service = { getCharacteristic: (id: string) => found(characteristics[id]) };
        return {
          getPrimaryService: (id: string) => found(id === NORDIC(1) ? service : undefined),
          disconnect: () => void bridge.plugged(false),
        };
      },
    },
  });
  own("bluetooth", {
    requestDevice({ filters = [] }: RequestDeviceOptions) {
      const isWanted = filters.some(
        ({ namePrefix, services = [] }) =>
          (namePrefix !== undefined && device.name.startsWith(namePrefix)) || services.includes(NORDIC(1)),
      );
      return isWanted
        ? Promise.resolve(device)
        : Promise.reject(new DOMException("Nothing that is asked for is near.", "NotFoundError"));
    },
  });
}

/** Of Web Bluetooth's options, what a page asks for. */
interface RequestDeviceOptions {
  filters?: { namePrefix?: string; services?: string[] }[];
}

/** The test's end of the stand-in. */
async function bridge(page: Page, port: string | undefined): Promise<() => Promise<void>> {
  let socket: Socket | undefined;
  await page.exposeFunction("plugged", async (isOpen: boolean) => {
    socket?.destroy();
    socket = undefined;
    if (!isOpen) return "";
    if (port === undefined) return "Failed to open serial port.";
    const opened = connect({ host: "127.0.0.1", port: Number(port.split(":").at(-1)), noDelay: true });
    opened.setEncoding("latin1").on("error", () => undefined);
    await once(opened, "connect");
    socket = opened;
    opened.on("data", (bytes) => {
      page.evaluate((text) => window.fromBoard(text), String(bytes)).catch(() => undefined);
    });
    return "";
  });
  await page.exposeFunction("toBoard", (bytes: string) => {
    socket?.write(bytes, "latin1");
  });
  return async () => {
    socket?.destroy();
    socket = undefined;
    await page.evaluate(() => window.gone());
  };
}

declare global {
  // What the stand-in puts on the page's window.
  var window: { fromBoard(bytes: string): void; gone(): void };
}

/** A browser that is started once, and the page's server beside it. */
export interface Browser {
  /** Opens the page with a profile of its own, and stands in for its ports. */
  open(options?: PageOptions): Promise<PageBed>;
  close(): Promise<void>;
}

/** Starts the browser at `executable`. */
export async function startBrowser(executable: string): Promise<Browser> {
  const served = await servePage(0);
  const browser = await chromium.launch({ executablePath: executable, args: ARGUMENTS });
  return {
    async open({ port, width = 1280, height = 900, bare = false, packet = 20 } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, acceptDownloads: true });
      const page = await context.newPage();
      const complaints: string[] = [];
      const foreign: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("request", (request) => {
        if (!request.url().startsWith(served.url) && !/^(blob|data):/.test(request.url()))
          foreign.push(request.url());
      });
      const unplug = await bridge(page, port);
      // What compiles tests names their functions by a helper that the page has not.
      await page.addInitScript("globalThis.__name = (value) => value");
      await page.addInitScript(standIn, { bare, packet });
      await page.goto(served.url);
      return { page, complaints, foreign, unplug, close: () => context.close() };
    },
    async close() {
      await browser.close();
      await served.close();
    },
  };
}
