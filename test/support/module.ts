/**
 * All of the client, minified, in this process: in a scope that has of the language what the engine has, as the engine has it.
 */
import { readFileSync } from "node:fs";
import { createRealm } from "../../sim/realm.ts";
import type * as Ristretto from "../../src/index.ts";

/** What src/index.ts exports, and a link that is not used here. */
export const PROOF_BUNDLE = "dist/ristretto-full.min.js";

/** Its functions; there are no sockets, so links come from the test. */
export function loadModule(random: () => number = Math.random): typeof Ristretto {
  const realm = createRealm({
    random,
    date: () => 0,
    complain(text) {
      throw new Error(text);
    },
  });
  return realm.module(readFileSync(PROOF_BUNDLE, "latin1"), PROOF_BUNDLE) as typeof Ristretto;
}
