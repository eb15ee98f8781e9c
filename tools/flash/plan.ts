/** What goes where in a chip's flash, and every check of it that needs no chip. */
import type { Family } from "../../boards/board.ts";
import { BOARDS } from "../../boards/index.ts";
import { HINTS } from "../hints.ts";
import { layoutEsp32 } from "./esp32.ts";
import { layoutEsp8266 } from "./esp8266.ts";
import type { Firmware } from "./firmware.ts";
import { KB, MB } from "./layout.ts";
import type { Layout, Wishes } from "./layout.ts";
import { unfit } from "./unfit.ts";

export type Plan = Layout;

export const sizeText = (bytes: number): string => (bytes < MB ? `${bytes / KB} kB` : `${bytes / MB} MB`);

export const hex = (address: number): string => `0x${address.toString(16)}`;

/** Throws where a part reaches into what follows it. */
function requireFit({ parts, programEnd, flashBytes }: Layout): void {
  const sorted = [...parts].sort((a, b) => a.address - b.address);
  for (const [index, { name, address, bytes }] of sorted.entries()) {
    const next = sorted[index + 1];
    const isProgram = /espruino/i.test(name);
    const [limit, what] = isProgram
      ? [programEnd, "what it saves"]
      : next
        ? [next.address, next.name]
        : [flashBytes, "beyond the flash"];
    if (address + bytes.length > limit) {
      throw unfit(`${name} at ${hex(address)} is too large: it would reach into ${what} at ${hex(limit)}.`);
    }
  }
}

/** Which family the files of a download are for, by their names. */
function familyOf({ files, path }: Firmware): Family {
  const names = files.map(({ name }) => name);
  if (names.some((name) => /^boot_v|user1|combined|esp8266/i.test(name))) return "ESP8266";
  if (names.some((name) => /^bootloader|^partition|esp32/i.test(name))) return "ESP32";
  const found = names.length ? `only ${names.join(", ")}` : "no .bin file";
  const chips = new Set(Object.values(BOARDS).map(({ chip }) => chip.name));
  throw unfit(
    `There is no Espruino for an ${[...chips].join(", ")} in ${path}: ${found}.`,
    "Give the .tgz archive, the folder it unpacks to, or a combined .bin.",
  );
}

/** Throws a UserError that says what does not fit, if anything does not. */
export function planFlash(firmware: Firmware, wishes: Wishes): Plan {
  const layout = (familyOf(firmware) === "ESP32" ? layoutEsp32 : layoutEsp8266)(firmware, wishes);
  const { flashBytes = Infinity } = wishes;
  if (layout.flashBytes > flashBytes) {
    throw unfit(
      `The firmware is laid out for ${sizeText(layout.flashBytes)} of flash, and the chip has ${sizeText(flashBytes)}.`,
      HINTS["wrong flash size"],
    );
  }
  requireFit(layout);
  return layout;
}

/** The same as a command line of esptool, for those who want to do it by hand. */
export function esptoolCommand({ chip, parts, mode, frequency, flashBytes }: Plan, port: string): string {
  const size = flashBytes < MB ? `${flashBytes / KB}KB` : `${flashBytes / MB}MB`;
  const places = parts.map(({ name, address }) => `${hex(address)} ${name}`).join(" ");
  const flags = `--flash-mode ${mode} --flash-freq ${frequency}m --flash-size ${size}`;
  return `esptool --chip ${chip.toLowerCase().replace("-", "")} -p ${port} write-flash ${flags} ${places}`;
}
