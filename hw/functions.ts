/** The functions: what `require("ristretto-functions")` gives a program that wants the client by itself, with the link it needs. */
export * from "../src/index.ts";
export { createTcpLink } from "./net/tcp.ts";
