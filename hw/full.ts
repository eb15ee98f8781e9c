/** The functions with all parts: QoS 2, MQTT 5.0, messages in pieces. Who builds a program imports what it needs instead. */
export * from "../src/index.ts";
export { createTcpLink } from "./net/tcp.ts";
export { createTlsLink } from "./net/tls.ts";
