/** What to try when a board does not do what it should: one sentence or two for each symptom, told wherever it shows. */
export const HINTS = {
  "no port":
    "Is it a charge-only cable? The driver belongs to the USB chip: CP210x 10c4:ea60, CH340 1a86:7523, FTDI 0403:6001; boards with USB of their own are 303a:1001.",
  "several ports": "Choose one with --port; none is guessed.",
  "port is taken":
    "Close other monitors and the Web IDE; on Linux be in the group dialout (log in again after joining it) and keep ModemManager away.",
  "no loader":
    "Hold BOOT until the chip answers; on an ESP8266 GPIO0 and GPIO15 must be low and GPIO2 high at reset.",
  "write stalls": "Try again with --baud 460800, then 115200, and with a shorter cable.",
  "wrong chip": "Nothing was erased. Take the firmware for the chip that was read.",
  "wrong flash size":
    "Take the image for the size that was read: an ESP-01 has 512 kB or 1 MB, most other ESP8266 boards 4 MB.",
  garbage: "An ESP8266's loader talks at 74880 baud, Espruino's console at 115200: set --baud 115200.",
  "no prompt":
    "Is Espruino on it? After flashing try the flash mode dio or dout, erase the flash first, and make sure the firmware is for this flash size.",
  brownout:
    "Give it 3.3 V with 500 mA or more, 22 to 100 µF next to it and a better cable; the 3.3 V pin of an FTDI adapter is too weak.",
  "boot loop":
    'Upload once more: it breaks in with Ctrl-C before the saved code runs. If that fails, require("Storage").eraseAll() at the console takes everything off.',
  "out of memory":
    "Upload to flash and minified, as ristretto upload does; an ESP8266 cannot hold the program in RAM. Fewer sensors and a shorter queue take less.",
} as const;

export type Symptom = keyof typeof HINTS;

/** Symptoms by what boards and systems say when they show them. */
const SIGNS: ReadonlyArray<readonly [RegExp, Symptom]> = [
  [/brownout detector/i, "brownout"],
  [/OUT OF MEMORY|out of memory/, "out of memory"],
  [
    /EACCES|EPERM|EBUSY|access denied|permission denied|cannot lock port|resource (busy|temporarily unavailable)/i,
    "port is taken",
  ],
  [/timed out waiting for packet|failed to connect|boot:0x13|waiting for download/i, "no loader"],
  [/invalid head of packet|write timeout/i, "write stalls"],
];

/** The symptom that a text of a board or a system shows, if it shows one. */
export function symptomOf(text: string): Symptom | undefined {
  return SIGNS.find(([sign]) => sign.test(text))?.[1];
}
