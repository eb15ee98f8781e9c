/** The module: what `require("ristretto")` gives a program of its own, the client with the link it needs. */
export * from "../src/index.ts";
export { createTcpLink } from "./net/tcp.ts";
