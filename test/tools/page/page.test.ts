import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { startBrowser } from "../../support/browser.ts";
import type { Browser, PageBed, PageOptions } from "../../support/browser.ts";
import { createConsoleBed } from "../../support/console-bed.ts";
import type { ConsoleBed, ConsoleBedOptions } from "../../support/console-bed.ts";
import { chromium, espruino, withProgram } from "../../support/engines.ts";

/** Milliseconds for what a board does: the interpreter is slow at the console. */
const PATIENCE = 120_000;

/** The name of what has the focus, to be evaluated in the page. */
const FOCUSED = `(({ labels, ariaLabel, innerText, tagName }) => labels?.[0]?.innerText || ariaLabel || innerText || tagName)(document.activeElement)`;

withProgram("the page", chromium, true, (executable) => {
  let browser: Browser;
  let bed: PageBed;
  let board: ConsoleBed | undefined;

  async function open(options: PageOptions = {}): Promise<Page> {
    bed = await browser.open(options);
    bed.page.setDefaultTimeout(PATIENCE);
    return bed.page;
  }

  async function openAt(
    options: ConsoleBedOptions,
    path?: string,
    pageOptions: PageOptions = {},
  ): Promise<Page> {
    board = await createConsoleBed(options, path);
    return open({ port: board.port, ...pageOptions });
  }

  /** Types the configuration that leads to the bed's broker. */
  async function configure(page: Page, kind: string): Promise<void> {
    const { wifi, broker } = board!.config as {
      wifi: Record<string, string>;
      broker: { host: string; port: number };
    };
    await page.getByLabel("Board", { exact: false }).first().selectOption(kind.toLowerCase());
    await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("SSID").fill(wifi.ssid!);
    await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("Password").fill(wifi.password!);
    const group = page.getByRole("group", { name: "Broker" });
    await group.getByLabel("Host").fill(broker.host);
    await group.getByText("More options").click();
    await group.getByLabel("Port").fill(String(broker.port));
  }

  const log = (page: Page): Promise<string> => page.getByRole("log").innerText();

  before(async function () {
    this.timeout(60_000);
    browser = await startBrowser(executable);
  });
  after(() => browser.close());

  afterEach(async function () {
    const { complaints, foreign, page } = bed;
    if (this.currentTest?.isFailed()) {
      console.error((await page.locator(".side").innerText()).split("\n").slice(-40).join("\n"));
    }
    await bed.close();
    await board?.close();
    board = undefined;
    assert.deepEqual(complaints, [], "the browser complains");
    assert.deepEqual(foreign, [], "the page asks others");
  });

  const BOARDS: ReadonlyArray<readonly [title: string, path: string | undefined]> = [
    ["a simulated board", undefined],
    ...(espruino ? [["the interpreter", espruino] as const] : []),
  ];
  if (!espruino) it("SKIPPED: the page at the real interpreter: ESPRUINO is not set");

  for (const [title, path] of BOARDS) {
    describe(`at ${title}`, function () {
      this.timeout(2 * PATIENCE);

      for (const [way, kind, packet] of [
        ["USB", "ESP32"],
        ["Bluetooth", "ESP32", 20],
        ["Bluetooth", "ESP32", 64],
        ["USB", "ESP8266"],
      ] as const) {
        const size = packet ? ` in packets of ${packet} bytes` : "";
        it(`connects by ${way}${size}, uploads to an ${kind}, and follows it to its first acknowledged reading`, async () => {
          const page = await openAt({ kind }, path, packet ? { packet } : {});
          await page.getByRole("button", { name: `Connect by ${way}` }).click();
          await page.getByText(new RegExp(`${kind}.*, Espruino \\d+v\\d+`)).waitFor();
          await configure(page, kind);
          await page.getByRole("button", { name: "Upload to the board" }).click();
          await page
            .getByText(/bytes written\. The broker acknowledged the first reading: bme280: temperature /)
            .waitFor();
          assert.match(await log(page), /ristretto \d+\.\d+\.\d+ on ESP/);
        });
      }

      it("is used by keyboard alone, from the configuration to the first reading", async () => {
        const page = await openAt({ kind: "ESP32" }, path);
        const { wifi, broker } = board!.config as unknown as Record<string, Record<string, string>>;
        /** Presses Tab until a control of this name has the focus. */
        const tabTo = async (name: RegExp): Promise<void> => {
          for (let step = 0; step < 80; step++) {
            await page.keyboard.press("Tab");
            if (name.test(await page.evaluate<string>(FOCUSED))) return;
          }
          assert.fail(`Tab never comes to ${String(name)}`);
        };
        const fill = async (name: RegExp, text: string): Promise<void> => {
          await tabTo(name);
          await page.keyboard.type(text);
        };
        await fill(/^SSID/, wifi!.ssid!);
        await fill(/^Password/, wifi!.password!);
        await fill(/^Host/, broker!.host!);
        await tabTo(/^More options/);
        await page.keyboard.press("Enter");
        await fill(/^Port/, String(broker!.port));
        await tabTo(/^Connect by USB/);
        await page.keyboard.press("Enter");
        await page.getByText(/ESP32, Espruino/).waitFor();
        await tabTo(/^Upload to the board/);
        await page.keyboard.press("Enter");
        await page.getByText(/The broker acknowledged the first reading/).waitFor();
      });

      it("refuses a board of another kind than the configuration is for", async () => {
        const page = await openAt({ kind: "ESP8266" }, path);
        await page.getByRole("button", { name: "Connect by USB" }).click();
        await configure(page, "ESP32");
        await page.getByRole("button", { name: "Upload to the board" }).click();
        await page.getByText(/is ESP8266_4MB, not ESP32\. Nothing was written\./).waitFor();
      });

      it("says what a person types at the console, and what the board answers", async () => {
        const page = await openAt({ kind: "ESP32" }, path);
        await page.getByRole("button", { name: "Connect by USB" }).click();
        const line = page.getByLabel("JavaScript for the board");
        await line.fill("print(6*7)");
        await line.press("Enter");
        await page.getByRole("log").getByText(/^42$/m).waitFor();
        await line.press("ArrowUp");
        assert.equal(await line.inputValue(), "print(6*7)");
        await page.getByRole("button", { name: "Disconnect" }).click();
        await page.getByRole("button", { name: "Connect by USB" }).waitFor();
      });

      for (const [way, name] of [
        ["USB", "the USB port"],
        ["Bluetooth", "Espruino ESP32"],
      ] as const)
        it(`says that the board went away, in the middle of an upload by ${way}`, async () => {
          const page = await openAt({ kind: "ESP32" }, path);
          await page.getByRole("button", { name: `Connect by ${way}` }).click();
          await page.getByText(/ESP32, Espruino/).waitFor();
          await configure(page, "ESP32");
          await page.getByRole("button", { name: "Upload to the board" }).click();
          await page.getByText(/Writing ristretto\.0, [1-9]/).waitFor();
          await bed.unplug();
          await page.getByText(new RegExp(`${name} went away`)).waitFor();
          await page.getByRole("button", { name: `Connect by ${way}` }).waitFor();
        });
    });
  }

  // On the simulated board alone: while a node holds a connection, the interpreter for Linux loses what is typed at its console.
  describe("at a board whose node runs", function () {
    this.timeout(2 * PATIENCE);

    it("uploads a changed configuration alone, and keeps the program", async () => {
      const page = await openAt({ kind: "ESP32" });
      await page.getByRole("button", { name: "Connect by USB" }).click();
      await configure(page, "ESP32");
      await page.getByRole("button", { name: "Upload to the board" }).click();
      const done = page.getByText(/(\d+) bytes written\. The broker acknowledged/);
      await done.waitFor();
      const whole = parseInt(await done.innerText());
      await page.getByLabel("Period").first().fill("30");
      await page.getByLabel(/The configuration alone/).check();
      await page.getByRole("button", { name: "Upload to the board" }).click();
      await page.getByText(/^\d{1,3} bytes written\. The broker acknowledged/).waitFor();
      assert.ok(whole > 40000);
    });
  });

  describe("without a board", function () {
    this.timeout(60_000);

    it("says what keeps a port from opening", async () => {
      const page = await open();
      await page.getByRole("button", { name: "Connect by USB" }).click();
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assert.match(
        await alert.innerText(),
        /^The port cannot be opened: .*Close other pages and programs that use it\.$/,
      );
    });

    it("says which boards Bluetooth reaches", async () => {
      const page = await open();
      await page
        .getByText(
          /By Bluetooth all but an ESP8266, which has none: an ESP32 is “Espruino ESP32” in the list/,
        )
        .waitFor();
    });

    it("says so where the browser reaches no boards, and still edits", async () => {
      const page = await open({ bare: true });
      await page.getByText(/This browser reaches no boards: use Chrome or Edge/).waitFor();
      assert.equal(await page.getByRole("button", { name: "Connect by USB" }).isDisabled(), true);
      await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("SSID").fill("greenhouse");
    });

    it("says what is still needed, and at the field what is wrong with it, and uploads nothing until then", async () => {
      const page = await open();
      const check = page.getByRole("status", { name: "Check" });
      await page.getByText("Fill in what is still needed first.").waitFor();
      await check.getByRole("link", { name: "wifi.ssid" }).click();
      await page.keyboard.type("greenhouse");
      await page.getByRole("group", { name: "Broker" }).getByLabel("Host").fill("mqtt://here");
      await page.getByText("Correct the configuration first.").waitFor();
      const host = page.getByRole("group", { name: "Broker" }).getByLabel("Host");
      assert.equal(await host.getAttribute("aria-invalid"), "true");
      await check.getByRole("link", { name: "broker.host" }).click();
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type("here");
      assert.equal(await host.getAttribute("aria-invalid"), null);
      await check.getByText("The configuration is complete.").waitFor();
      await page.getByText("Connect a board first.").waitFor();
    });

    it("opens a configuration, and saves the very same but for passwords", async () => {
      const page = await open();
      const example = JSON.parse(readFileSync("examples/ds18b20.json", "utf8")) as {
        wifi: { password?: string };
      };
      assert.ok(example.wifi.password);
      await page.getByLabel("Configuration file").setInputFiles("examples/ds18b20.json");
      const type = page.getByRole("group", { name: "Sensor 1" }).getByLabel("Type");
      await page.getByRole("group", { name: "Sensor 1" }).getByLabel("Pin").waitFor();
      assert.equal(await type.inputValue(), '"ds18b20"');
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save as a file" }).first().click(),
      ]);
      assert.equal(download.suggestedFilename(), "node.json");
      delete example.wifi.password;
      assert.deepEqual(JSON.parse(readFileSync(await download.path(), "utf8")), example);
    });

    it("says why a file is no configuration", async () => {
      const page = await open();
      await page.getByLabel("Configuration file").setInputFiles("README.md");
      assert.match(await page.getByRole("alert").innerText(), /^README\.md: That is not JSON/);
    });

    it("edits the text as well as the form, each showing what the other changed", async () => {
      const page = await open();
      await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("SSID").fill("greenhouse");
      await page.getByRole("button", { name: "Text" }).click();
      const text = page.getByLabel("node.json");
      const configuration = JSON.parse(await text.inputValue()) as { wifi: { ssid: string } };
      assert.equal(configuration.wifi.ssid, "greenhouse");
      await text.fill("{");
      await page.getByText(/That is not JSON/).waitFor();
      configuration.wifi.ssid = "orchard";
      await text.fill(JSON.stringify(configuration));
      await page.getByRole("button", { name: "Form" }).click();
      assert.equal(
        await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("SSID").inputValue(),
        "orchard",
      );
    });

    it("adds and removes sensors, each with the fields of its type", async () => {
      const page = await open();
      await page.getByRole("button", { name: "Add a sensor" }).click();
      const second = page.getByRole("group", { name: "Sensor 2" });
      await second.getByLabel("Type").selectOption('"ds18b20"');
      await second.getByLabel("Pin").fill("D4");
      await page.getByRole("button", { name: "Remove sensor 1" }).click();
      const only = page.getByRole("group", { name: "Sensor 1" });
      assert.equal(await only.getByLabel("Pin").inputValue(), "D4");
    });

    it("warns of a pin that the board cannot use so", async () => {
      const page = await open();
      await page.getByRole("group", { name: "Wi-Fi" }).getByLabel("SSID").fill("greenhouse");
      await page.getByRole("group", { name: "Broker" }).getByLabel("Host").fill("here");
      const sensor = page.getByRole("group", { name: "Sensor 1" });
      await sensor.getByLabel("Type").selectOption('"ds18b20"');
      await sensor.getByLabel("Pin").fill("D6");
      await page
        .getByRole("status", { name: "Check" })
        .getByText(/D6: the flash chip is there/)
        .waitFor();
    });

    it("adds steps to a reading's chain, each by its word and its value", async () => {
      const page = await open();
      const sensor = page.getByRole("group", { name: "Sensor 1" });
      await sensor.getByText("More options").first().click();
      const chain = sensor.getByRole("group", { name: "Chain" });
      await chain.getByText("More options").click();
      const steps = chain.getByRole("group", { name: "Temperature" });
      await steps.getByRole("button", { name: "Add a step" }).click();
      await steps.getByLabel("What").selectOption('"median"');
      await steps.getByLabel("Median").fill("5");
      await steps.getByLabel("Median").press("Tab");
      await page.getByRole("button", { name: "Text" }).click();
      assert.match(
        await page.getByLabel("node.json").inputValue(),
        /"temperature": \[\s+\{\s+"median": 5\s+\}\s+\]/,
      );
    });

    it("keeps the focus in a field while it is typed in", async () => {
      const page = await open();
      const group = page.getByRole("group", { name: "Broker" });
      await group.getByText("More options").click();
      await group.getByLabel("Keepalive").pressSequentially("120");
      assert.equal(await group.getByLabel("Keepalive").inputValue(), "120");
    });

    it("fits a phone's width, with nothing to scroll sideways, and names what each control is", async () => {
      const page = await open({ width: 360, height: 740 });
      await page.getByLabel("Configuration file").setInputFiles("examples/bme280.json");
      await page.getByRole("button", { name: "Add a sensor" }).click();
      for (const summary of await page.locator("summary").all()) {
        if (await summary.isVisible()) await summary.click();
      }
      const [wide, screen] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = (
          globalThis as unknown as {
            document: { documentElement: { scrollWidth: number; clientWidth: number } };
          }
        ).document.documentElement;
        return [scrollWidth, clientWidth];
      });
      assert.ok(wide <= screen, `${wide} > ${screen}`);
      for (const control of await page
        .locator("input:visible, select:visible, textarea:visible, button:visible")
        .all()) {
        const box = await control.boundingBox();
        const snapshot = await control.ariaSnapshot();
        assert.match(snapshot, /"[^"]+"/, `a control without a name: ${snapshot}`);
        if (!/checkbox/.test(snapshot))
          assert.ok(box && box.height >= 40, `too low for a thumb: ${snapshot}`);
      }
    });
  });
});
