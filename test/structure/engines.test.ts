import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { getQuickJS } from "quickjs-emscripten";
import { bundle } from "../support/bundles.ts";
import { createInterpreter } from "../../bench/interpreter.ts";
import { duktape, espruino, withProgram } from "../support/engines.ts";

/** How a program gets at the module: its text around it, or `require` where there is a Storage. */
function inline(name: string): string {
  return `var exports = {}; (function (exports) {${bundle(name)}\n})(exports);`;
}

/** A program of ES5 that takes the module through a short life over a link of its own, and evaluates to a transcript. */
function program(load: string): string {
  return `${load}
function hex(bytes) {
  var text = "";
  for (var i = 0; i < bytes.length; i++) text += (256 + bytes.charCodeAt(i)).toString(16).substr(1);
  return text;
}
var log = [], handlers;
var link = {
  open: function (address, given) { handlers = given; log.push("open " + address.host); },
  write: function (bytes) { log.push("write " + hex(bytes)); },
  close: function () { log.push("close"); handlers.onClose(195); }
};
var client = exports.createClient({ link: link, host: "broker", port: 1883, clientId: "id", keepalive: 2,
  will: { topic: "status", payload: "offline", qos: 1, retain: true }, username: "user", password: "secret",
  onConnect: function (present) { log.push("connected " + present); },
  onDisconnect: function (code, seconds) { log.push("disconnected " + code); },
  onAcknowledge: function (id) { log.push("acknowledged " + id); } });
exports.subscribe(client, [{ topicFilter: "a/+/#", qos: 1, onMessage: function (t, p, f) { log.push([t, p, f].join()); } }]);
exports.publish(client, "queued", "first", exports.QOS_1);
exports.connect(client);
handlers.onOpen();
handlers.onData("\\x20\\x02\\0\\0\\x40\\x02\\0\\x01\\x90");
handlers.onData("\\x03\\0\\x02\\x01\\x32\\x09\\0\\x03a/b\\0\\x07hi");
log.push(exports.publish(client, "t", 21.5, exports.QOS_0), exports.publish(client, "t/#", "", 0));
exports.tick(client); exports.tick(client); exports.tick(client);
handlers.onData("\\xd0\\0\\xf0\\0");
log.push(JSON.stringify([client.reconnects, client.resent, client.dropped]));
log.join("\\n");`;
}

describe("the module in other engines", () => {
  const expected = (name: string): string => String(runInNewContext(program(inline(name)), {}));

  it("does in Node what the protocol wants", () => {
    assert.deepEqual(expected("ristretto-functions.js").split("\n").slice(2, 5), [
      "connected false",
      "write 320f00067175657565640001" + "6669727374",
      "write 820a00020005612f2b2f2301",
    ]);
    assert.match(expected("ristretto-functions.js"), /disconnected 130/);
  });

  for (const name of ["ristretto-functions.js", "ristretto-functions.min.js"]) {
    it(`gives the same transcript in QuickJS: ${name}`, async () => {
      const quickjs = await getQuickJS();
      assert.equal(quickjs.evalCode(program(inline(name))), expected(name));
    });
  }

  withProgram("Duktape", duktape, true, (path) => {
    for (const name of ["ristretto-functions.js", "ristretto-functions.min.js"]) {
      it(`gives the same transcript: ${name}`, () => {
        const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
        try {
          writeFileSync(
            join(folder, "program.js"),
            program(inline(name)).replace(/log\.join\("\\n"\);$/, 'print(log.join("\\n"));'),
          );
          const output = execFileSync(path, ["program.js"], { cwd: folder, encoding: "utf8" });
          assert.equal(output.trim(), expected(name));
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
  });

  withProgram("Espruino", espruino, false, (path) => {
    it("gives the same transcript from flash: ristretto-functions.min.js", async function () {
      this.timeout(60000);
      const interpreter = createInterpreter(path);
      try {
        await interpreter.store("ristretto-functions", bundle("ristretto-functions.min.js"));
        const printing = 'log.forEach(function (line) { print("# " + line); });';
        const lines = program('var exports = require("ristretto-functions");').replace(
          'log.join("\\n");',
          printing,
        );
        assert.equal((await interpreter.run(lines)).join("\n"), expected("ristretto-functions.min.js"));
      } finally {
        interpreter.close();
      }
    });
  });
});
