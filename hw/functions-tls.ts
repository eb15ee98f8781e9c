/** The functions with TLS too, for boards that have it: `require("ristretto-functions-tls")` for a program on an ESP32. */
export * from "./functions.ts";
export { createTlsLink } from "./net/tls.ts";
