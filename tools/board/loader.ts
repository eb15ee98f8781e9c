/**
 * How a board keeps two programs and starts one, so that whatever is pulled out at any moment the old program starts or the
 * new one, never half of one:
 *
 * - `ristretto.0`, `ristretto.1`: programs; the one that `ristretto.slot` names is started by `.bootcde`, which is the loader
 *   below and stays the same.
 * - an upload writes the other one, `config.new` for the configuration and `ristretto.new` with the program's number, and
 *   compares them. Only then it makes `ristretto.go`, in one write: from then on the new ones count.
 * - the loader finds `ristretto.go` at the next start and puts the new ones in their places; interrupted, it does so once more.
 *
 * The program is evaluated where it lies in flash: measured on the interpreter, it takes no more variables than from `.bootcde`.
 */
export const LOADER_FILE = ".bootcde";
export const CONFIG = "config.json";
export const NEW_CONFIG = "config.new";
export const NEW_SLOT = "ristretto.new";
export const SLOT = "ristretto.slot";
export const GO = "ristretto.go";

/** Files that would be started before or instead of `.bootcde`. */
export const FOREIGN_CODE = [".bootrst", ".varimg"];

/** The node's history of starts (hw/node/history.ts), which begins anew with a new program or configuration. */
export const HISTORY = "starts";

/** Puts in place what an upload prepared. A copy in RAM is written: a flash chip that is written to cannot be read. */
export const APPLY = `(function(s,c){if(!s.read("${GO}"))return;c=s.read("${NEW_CONFIG}");if(c)s.write("${CONFIG}",E.toString(c)||c);c=s.read("${NEW_SLOT}");if(c)s.write("${SLOT}",c+"");s.erase("${NEW_CONFIG}");s.erase("${NEW_SLOT}");s.erase("${GO}")})(require("Storage"))`;

export const LOADER = `${APPLY};eval(require("Storage").read("ristretto."+require("Storage").read("${SLOT}")));\n`;

export type Slot = "0" | "1";
export const programFile = (slot: Slot): string => `ristretto.${slot}`;
