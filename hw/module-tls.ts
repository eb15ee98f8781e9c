/** The module with TLS too, for boards that have it: `require("ristretto")` for a program on an ESP32. */
export * from "./module.ts";
export { createTlsLink } from "./net/tls.ts";
