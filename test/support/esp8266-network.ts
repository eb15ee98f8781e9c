/**
 * The network of an ESP8266 on the interpreter for Linux, by Espruino's own `NetworkJS`: what network_esp8266.c answers to
 * the socket code above it, in JavaScript. Connecting takes its time, names that nobody has and closed ports are reported
 * later by code, one piece of at most 268 bytes is under way at a time, and a full table of sockets refuses at once.
 */
export const ESP8266_NETWORK = `
var N = { code: -11, inbox: "", got: "", busy: 0, stuck: 0 };
var LATER = { nobody: -6, closed: -9, "": 0 };
require("NetworkJS").create({
  create: function (host, port) {
    if (host == "full") return -7;
    if (host == "poor") return -2;
    N = { code: -11, inbox: "", got: "", busy: 0, stuck: 0 };
    setTimeout(function () { if (N.code == -11) N.code = LATER[host] || 0; }, 20);
    return 1;
  },
  close: function () { N.code = -1; },
  accept: function () { return -1; },
  recv: function (socket, most) {
    if (N.inbox) {
      var piece = N.inbox.substr(0, Math.min(most, 268));
      N.inbox = N.inbox.substr(piece.length);
      return piece;
    }
    return N.code || "";
  },
  send: function (socket, data) {
    if (N.code == -11) return 0;
    if (N.code) return N.code;
    if (N.busy || N.stuck) return 0;
    N.busy = 1;
    data = data.substr(0, 268);
    setTimeout(function () { N.busy = 0; N.got += data; }, 5);
    return data.length;
  }
});
`;
