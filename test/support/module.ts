/** The minified module in this process, in a scope that has of the language what the engine has, as the engine has it. */
import { createRealm } from "../../sim/realm.ts";
import type * as Ristretto from "../../src/index.ts";
import { bundle } from "./bundles.ts";

/** What dist/ristretto.min.js exports; there are no sockets, so links come from the test. */
export function loadModule(random: () => number = Math.random): typeof Ristretto {
  const realm = createRealm({
    random,
    date: () => 0,
    complain(text) {
      throw new Error(text);
    },
  });
  return realm.module(bundle("ristretto.min.js"), "ristretto.min.js") as typeof Ristretto;
}
