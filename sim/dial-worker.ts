/**
 * The program of the thread that owns the TCP sockets of simulated ESP32 boards, as text: a thread that
 * blocks in `connect` cannot run node:net itself. Text, because a worker started from a file would need the
 * loader of the main thread.
 *
 * Takes { dial: id, host, port, outcome }, { secure: id, credentials }, { write: id, bytes }, { end: id } and
 * { reset: id }; the outcome goes into the shared memory (1 connected, 2 refused; 3 when nobody waits any more),
 * everything later comes as { id, tls }, { id, data }, { id, end } and { id, failed }.
 *
 * TLS is as an ESP32's: 1.2, nobody is verified, the server name is a constant, and no farewell is sent.
 */
export const DIAL_WORKER = `
const net = require("node:net");
const tls = require("node:tls");
const { parentPort } = require("node:worker_threads");
/** Of each connection what its bytes go through, and the TCP socket below. */
const streams = new Map();
const sockets = new Map();

function settle(outcome, value) {
  const cell = new Int32Array(outcome);
  const first = Atomics.compareExchange(cell, 0, 0, value) === 0;
  if (first) Atomics.notify(cell, 0);
  return first;
}

function tell(id, stream) {
  streams.set(id, stream);
  stream.on("data", (data) => parentPort.postMessage({ id, data }));
  stream.on("end", () => parentPort.postMessage({ id, end: true }));
}

function dial({ dial: id, host, port, outcome, secured }) {
  const socket = net.connect({ host, port, noDelay: true });
  sockets.set(id, socket);
  let connected = false;
  socket.on("connect", () => {
    connected = settle(outcome, 1);
    if (!connected) socket.destroy();
  });
  if (!secured) tell(id, socket);
  socket.on("error", () => {
    if (connected) parentPort.postMessage({ id, failed: true });
    else settle(outcome, 2);
  });
  socket.on("close", () => {
    sockets.delete(id);
    streams.delete(id);
  });
}

function secure({ secure: id, credentials }) {
  const socket = sockets.get(id);
  if (!socket) return parentPort.postMessage({ id, tls: "gone" });
  let done = false;
  const finish = (outcome) => {
    if (!done) parentPort.postMessage({ id, tls: outcome });
    done = true;
  };
  const common = {
    servername: "mbed TLS Server 1",
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.2",
    ciphers: "DEFAULT:@SECLEVEL=0",
  };
  try {
    const stream = tls.connect({ socket, ...common, ...credentials }, () => finish("done"));
    tell(id, stream);
    stream.on("error", ({ code }) => {
      if (done) parentPort.postMessage({ id, failed: true });
      else finish(/ALERT/.test(code) ? "refused" : "gone");
    });
    stream.on("close", () => finish("gone"));
  } catch {
    // A key of another certificate: OpenSSL objects to what only the server would.
    finish("refused");
    socket.destroy();
  }
}

parentPort.on("message", (message) => {
  if (message.dial) return dial(message);
  if (message.secure) return secure(message);
  const socket = sockets.get(message.write || message.end || message.reset);
  if (!socket) return;
  if (message.write) streams.get(message.write)?.write(message.bytes);
  else if (message.end) socket.end();
  else socket.resetAndDestroy();
});
`;
