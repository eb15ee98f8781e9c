/** The functions: what `require("ristretto-functions")` gives a program that wants the client by itself, with the link it needs. */
export {
  abort,
  connect,
  createClient,
  disconnect,
  publish,
  subscribe,
  tick,
  unsubscribe,
} from "../src/index.ts";
export { DUP, FIRST, QOS_0, QOS_1, QOS_MASK, RETAIN } from "../src/index.ts";
export { createTcpLink } from "./net/tcp.ts";
