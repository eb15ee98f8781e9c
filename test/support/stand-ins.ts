/**
 * What the interpreter for Linux lacks of a board: the names, the Wi-Fi station, the I²C bus with a BME280, and the
 * modules and globals of one board, as a program that runs before the firmware. It is kept small, because on the build with
 * an ESP8266's memory it takes from the firmware's.
 *
 * Wi-Fi takes its time in steps: one timer for all of it would be due with the steps of the first sample, which are shorter,
 * on a machine that leaves the interpreter no time for as long, and come before them.
 */
import { createBme280Model } from "../../sim/devices/bme280.ts";
import type { BoardKind } from "../../sim/world.ts";
import type { BrokerAddress, SensorState } from "./bed.ts";

/** Printed when a start is about to run the program; what the console said before is the interpreter's own. */
export const STARTED = "# started";

/**
 * So many times faster goes every timer of the program. All its times shrink alike, so that it differs from a program on a
 * slower network and a slower processor in nothing but `getTime()`, which no part of it compares.
 */
export const SPEED = 10;

/** First register and quantity of each block that a driver reads. */
const BLOCKS = [
  [0x88, 26],
  [0xd0, 1],
  [0xe1, 7],
  [0xf3, 3],
  [0xf7, 8],
] as const;

/** These blocks of the simulated part after a conversion, short enough to be typed; nothing when it does not answer. */
function picture(state: SensorState): string {
  let now = 0;
  const part = createBme280Model({ now: () => (now += 100) });
  if (state.fault === "absent") return "-";
  Object.assign(part, state);
  part.write([0xf2, 1, 0xf4, 0x25]);
  const bytes = BLOCKS.flatMap(([first, quantity]) => {
    part.write([first]);
    return [...part.read(quantity)];
  });
  return Buffer.from(bytes).toString("base64");
}

/** What of an ESP8266 is no part of its Wi-Fi; an ESP32 has more variables, so that nothing need be spared. */
const BOARDS: Record<BoardKind, string> = {
  ESP32: `ESP32 = { getWakeupCause: function () { return 0; } };`,
  ESP8266: `Modules.addCached("ESP8266", function () { exports.getResetInfo = function () { return { reason: "" }; }; });`,
};

/**
 * Files that put the stand-ins in place before ".bootcde" runs; `remote` is who types, where that is not done at the
 * console.
 */
export function standIns(
  kind: BoardKind,
  sensor: SensorState,
  remote?: BrokerAddress,
): Record<string, string> {
  // Evaluated from flash: what is typed reaches its variables, and its functions take no copy of their text.
  return {
    "stand-ins": program(kind, remote),
    ...sensorFile(sensor),
    ".boot0": `eval(require("Storage").read("stand-ins"));`,
  };
}

/** The file that the I²C stand-in reads; what the driver writes itself, F4 and F5, is not taken from it. */
export function sensorFile(state: SensorState): Record<string, string> {
  return { sensor: picture(state) };
}

/** Connects to who types. */
const dial = ({ host, port }: BrokerAddress): string => `(function () {
  var text = "", end, socket = require("net").connect({ host: "${host}", port: ${port} }, function () {});
  socket.on("data", function (more) {
    for (text += more; (end = text.indexOf("\\n")) >= 0; ) {
      more = text.substr(0, end);
      text = text.substr(end + 1);
      eval(more);
    }
  });
})();`;

function program(kind: BoardKind, remote: BrokerAddress | undefined): string {
  return `echo(0);
global.setTimeout = (function (real) { return function (f, ms, a, b) { return real(f, ms / ${SPEED}, a, b); }; })(setTimeout);
global.getSerial = function () { return "30aea400-0001"; };
${BOARDS[kind]}
Modules.addCached("Wifi", function () {
  var own = { ip: "0.0.0.0", rssi: -60 };
  exports.on = function () {};
  exports.connect = function (ssid, options, done) {
    (function wait(steps) {
      if (steps) return setTimeout(wait, 100, steps - 1);
      own.ip = "192.168.1.100";
      done(null);
    })(12);
  };
  exports.getDetails = exports.getStatus = exports.getIP = function () { return own; };
});
var at = 0, control = 0, configured = 0;
I2C1 = {
  setup: function () {},
  writeTo: function (address, data) {
    if (address != 0x76 || require("Storage").read("sensor") == "-") throw new Error("no acknowledge");
    at = data[0];
    if (at == 0xE0) configured = 0;
    if (at == 0xF4) control = data[1];
    if (at == 0xF5) configured = data[1];
  },
  readFrom: function (address, quantity) {
    var start = at < 0xD0 ? 0 : at < 0xE1 ? 26 : at < 0xF3 ? 27 : at < 0xF7 ? 34 : 37;
    var bytes = E.toUint8Array(atob(require("Storage").read("sensor")).substr(start, quantity));
    if (at == 0xF3) { bytes[1] = control & 252; bytes[2] = configured; }
    return bytes;
  }
};
${remote ? dial(remote) : ""}
print("${STARTED}");
`;
}
