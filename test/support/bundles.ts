import { readFileSync } from "node:fs";

/** What `npm run build` makes, by name. */
export const BUNDLES = [
  ...[
    "ristretto",
    "ristretto-functions",
    "ristretto-functions-tls",
    "ristretto-full",
    "esp32",
    "esp8266",
  ].flatMap((name) => [`${name}.js`, `${name}.min.js`]),
  "web-ide-esp32.js",
  "web-ide-esp8266.js",
];

/** The text of a bundle in dist/. */
export function bundle(name: string): string {
  return readFileSync(`dist/${name}`, "latin1");
}
