/** The module: what `require("ristretto")` gives a program of its own, the client with the link it needs. */
export {
  abort,
  connect,
  createClient,
  disconnect,
  DUP,
  FIRST,
  publish,
  QOS_0,
  QOS_1,
  QOS_MASK,
  RETAIN,
} from "../src/index.ts";
export { subscribe, tick, unsubscribe } from "../src/index.ts";
export { createTcpLink } from "./net/tcp.ts";
