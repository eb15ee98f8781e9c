/**
 * For the `espruino` tool, loaded before it: whatever it asks of the web it asks of the port WEB on this machine, as
 * /<scheme>/<host>/<path>; it finds no serial ports; and it has the `fs` that its modules folder lacks in 0.1.67.
 */
const http = require("node:http");
const https = require("node:https");
const Module = require("node:module");

const { request } = http;
for (const [scheme, module] of Object.entries({ http, https })) {
  module.request = ({ host, path, method }, answered) =>
    request(
      { host: "127.0.0.1", port: process.env.WEB, path: `/${scheme}/${host}${path}`, method },
      answered,
    );
}

const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === "serialport") throw new Error("no serial ports");
  return load.call(this, name, ...rest);
};

global.fs = require("node:fs");
