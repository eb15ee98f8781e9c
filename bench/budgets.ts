/**
 * What each minified bundle may weigh, in bytes, and what the core may hold of the interpreter's variables. CI fails when
 * a bundle outgrows its line; `npm run bench` when the variables do. README's numbers are checked against the bundles.
 */
export const BYTES: Record<string, number> = {
  ".cache/bench/core.min.js": 5950,
  ".cache/bench/client.min.js": 7960,
  "dist/ristretto.min.js": 9100,
  "dist/esp32.min.js": 21700,
  "dist/esp8266.min.js": 21700,
};

/** The core in flash, as a module: when loaded, and with one client connected. */
export const VARIABLES = { loaded: 190, connected: 270 };
