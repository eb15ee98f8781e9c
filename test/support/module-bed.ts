/** A program for Espruino's module `MQTT` on a bed: it takes ristretto in its place, and says everything it is told. */
import type { BoardKind } from "../../sim/world.ts";
import type { Bed, BedOptions, BrokerAddress, Scenario } from "./bed.ts";
import { bundle } from "./bundles.ts";
import { told, untilTold } from "./client-bed.ts";

const EVENTS =
  "connected connect disconnected close error publish message subscribed subscribed_fail unsubscribed ping_reply puback drop";

/** `o` are the options; `listen` tells what a client tells. How long a reconnect waits is left to chance, so it is left out. */
const PROGRAM = `
function tell(text) { print("# " + text); }
function listen(client, name) {
  "${EVENTS}".split(" ").forEach(function (event) {
    client.on(event, function (a, b, c) {
      if (event == "disconnected" || event == "close") b = b ? "again" : "end";
      tell(name + event + " " + [a, b, c].filter(function (value) { return value !== undefined; }).map(function (value) {
        return typeof value == "string" ? value : JSON.stringify(value);
      }).join(" "));
    });
  });
}
var m = require("ristretto"), c = m.create(o.host, o);
listen(c, "");
require("Wifi").connect("home", { password: "secret-wifi" }, function () { tell("joined"); });
`;

export function moduleOptions(
  kind: BoardKind,
  { settings = {}, down = false, throws }: Scenario,
): BedOptions {
  return {
    kind,
    down,
    throws,
    files: (broker) => ({
      ristretto: bundle("ristretto.min.js"),
      ".bootcde": `var o = ${JSON.stringify({ ...broker, client_id: "board", ...settings })};${PROGRAM}`,
    }),
  };
}

/** Connects, and waits for what the client tells of it. */
export async function connected(bed: Bed): Promise<void> {
  const line = "connect false";
  const before = told(bed).filter((said) => said === line).length;
  await untilTold(bed, "joined");
  await bed.type("c.connect()");
  await untilTold(bed, line, before + 1);
}

/** A board that Espruino's documentation has in mind, where the beds' boards differ: the same on both beds. */
const BOARD = `
function tell(text) { print("# " + text); }
function join(done) { require("Wifi").connect("home", { password: "secret-wifi" }, done); }
var B3 = "B3", B4 = "B4", BTN = "BTN", D0 = "D0", pressed;
var D12 = { write: function (value) { tell("relay " + value); } };
var D13 = { write: function (value) { tell("light " + value); } };
function digitalWrite(pin, value) { tell(pin + " " + value); }
function setWatch(callback, pin, options) { tell("watch " + pin + " " + options.edge); pressed = callback; }
E.getTemperature = function () { return 21; };
`;

/** What the simulated board lacks of Espruino's globals, because no part of ristretto calls it. */
const SIMULATED = `
var console = { log: function () { print([].slice.call(arguments).join(" ")); } };
function setInterval(callback, milliseconds) {
  setTimeout(function () { setInterval(callback, milliseconds); callback(); }, milliseconds);
}
function addModule(name, exports) { modules[name] = exports; }
var modules = {}, load = require;
require = function (name) { return modules[name] || load(name); };
`;

/** Its timers run faster, and what leads to the documentation's broker leads to the bed's. */
const REAL = ({ host, port }: BrokerAddress, wanted: string): string => `
function addModule(name, exports) { global.given = exports; Modules.addCached(name, "module.exports=global.given"); }
global.setInterval = (function (real) { return function (f, ms) { return real(f, ms / 10); }; })(setInterval);
(function (real) {
  addModule("net", { connect: function (address, done) {
    if (address.host == "${wanted}" && address.port == 1883) address = { host: "${host}", port: ${port} };
    return real.connect(address, done);
  } });
})(require("net"));
`;

/** Modules of other boards. */
const MODULES = `
addModule("CC3000", { connect: function () {
  return {
    connect: function (name, key, done) { tell("join " + name + " " + key); join(function () { done("dhcp"); }); },
    getIP: function () { return { ip: "an address" }; }
  };
} });
addModule("EspruinoWiFi", {
  connect: function (name, options, done) { tell("join " + name + " " + options.password); join(done); },
  getIP: function (done) { done(null, "an address"); }
});
(function (wifi, connect) {
  addModule("Wifi", {
    on: function (event) { tell("Wifi.on " + event); },
    setHostname: function (name) { tell("Wifi.setHostname " + name); },
    stopAP: function () { tell("Wifi.stopAP"); },
    getIP: function () { return wifi.getIP(); },
    connect: function (name, options, done) {
      if (name != "home") tell("join " + name + " " + options.password);
      connect("home", { password: "secret-wifi" }, done);
    }
  });
})(require("Wifi"), require("Wifi").connect);
`;

/** A program of the documentation with ristretto in the place of `MQTT`, and what a scenario wants around it. */
export interface DocumentedScenario extends Scenario {
  before?: string;
  program: string;
  after?: string;
  /** Where the program looks for its broker, port 1883. */
  host: string;
}

export function documentedOptions(kind: BoardKind, scenario: DocumentedScenario): BedOptions {
  const { before = "", program, after = "", host, throws } = scenario;
  return {
    kind,
    throws,
    host,
    files(broker) {
      const isSimulated = broker.host === host;
      // The engine calls onInit itself.
      const start = isSimulated ? 'if (typeof onInit === "function") onInit();' : "";
      return {
        ristretto: bundle("ristretto.min.js"),
        board: [BOARD, isSimulated ? SIMULATED : REAL(broker, host), MODULES].join(""),
        ".bootcde": ['eval(require("Storage").read("board"));', before, program, after, start]
          .join("\n")
          .replaceAll('require("MQTT")', 'require("ristretto")'),
      };
    },
  };
}
