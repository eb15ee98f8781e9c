/**
 * The program of the thread that owns the TCP sockets of simulated ESP32 boards, as text: a thread that
 * blocks in `connect` cannot run node:net itself. Text, because a worker started from a file would need the
 * loader of the main thread.
 *
 * Takes { dial: id, host, port, outcome }, { write: id, bytes }, { end: id } and { reset: id }; the outcome
 * goes into the shared memory (1 connected, 2 refused; 3 when nobody waits any more), everything later comes
 * as { id, data }, { id, end } and { id, failed }.
 */
export const DIAL_WORKER = `
const net = require("node:net");
const { parentPort } = require("node:worker_threads");
const sockets = new Map();

function settle(outcome, value) {
  const cell = new Int32Array(outcome);
  const first = Atomics.compareExchange(cell, 0, 0, value) === 0;
  if (first) Atomics.notify(cell, 0);
  return first;
}

function dial({ dial: id, host, port, outcome }) {
  const socket = net.connect({ host, port, noDelay: true });
  sockets.set(id, socket);
  let connected = false;
  socket.on("connect", () => {
    connected = settle(outcome, 1);
    if (!connected) socket.destroy();
  });
  socket.on("data", (data) => parentPort.postMessage({ id, data }));
  socket.on("end", () => parentPort.postMessage({ id, end: true }));
  socket.on("error", () => {
    if (connected) parentPort.postMessage({ id, failed: true });
    else settle(outcome, 2);
  });
  socket.on("close", () => sockets.delete(id));
}

parentPort.on("message", (message) => {
  if (message.dial) return dial(message);
  const socket = sockets.get(message.write || message.end || message.reset);
  if (!socket) return;
  if (message.write) socket.write(message.bytes);
  else if (message.end) socket.end();
  else socket.resetAndDestroy();
});
`;
