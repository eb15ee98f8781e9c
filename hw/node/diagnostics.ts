/** The node's own condition, as `diag` says it. */
import { abort } from "../../src/index.ts";
import type { Client } from "../../src/index.ts";
import { QUOTA_EXCEEDED } from "../../src/reason.ts";
import { shortages } from "../net/shortage.ts";
import { address, countJoins, signalStrength } from "../net/wifi.ts";
import { VERSION } from "../version.ts";
import { self } from "./self.ts";

let resetReason: string;

/** Keeps why the board started, in its own words. */
export function setResetReason(reason: string): void {
  resetReason = reason;
}

/** The payload of `diag`. */
/*@__TOGETHER__ rare*/
export function diagnostics(client: Client): string {
  const memory = process.memory();
  const flags = E.getErrorFlags();
  // Asking resets them, so nobody else is told of this one.
  if (flags.indexOf("MEMORY") >= 0) abort(client, QUOTA_EXCEEDED);
  const found: { [name: string]: unknown } = {
    version: VERSION,
    ip: address(),
    reset: resetReason,
    rssi: signalStrength(),
    uptime: self._uptime,
    free: memory.free,
    wifi_count: countJoins(),
    mqtt_count: client.reconnects + 1,
    resent: client.resent,
    lost: client.dropped + self._lost,
  };
  // Only where there is something to say.
  if (flags[0]) found.errors = flags;
  if (shortages > 1) found.shortages = shortages - 1;
  if (memory.tx) found.heap = memory.tx.free_heap;
  if (self._failedStarts) found.failed_starts = self._failedStarts;
  return JSON.stringify(found);
}
