/** The last resorts of a node that is not acknowledged: joining Wi-Fi anew, and a restart. */
import { SILENT } from "../lines.ts";
import { rejoin } from "../net/wifi.ts";
import { note } from "./history.ts";
import { saveJournal } from "./journal-file.ts";
import { journal, restartSoon } from "./outbox.ts";
import { client } from "./publishing.ts";
import { self } from "./self.ts";

/** Seconds without a broker after which Wi-Fi is joined anew: it may look up and carry nothing. */
const REJOIN_AFTER = 300;

/** Passes a minute in which nothing was acknowledged. */
/*@__TOGETHER__ rare*/
export function passSilentMinute(): void {
  if (!client.connected && self._silence - self._carried >= REJOIN_AFTER) {
    self._carried = self._silence;
    rejoin();
  }
  if (!self._patience || self._silence < self._patience || self._untilRestart) return;
  print(SILENT + self._silence + " s; restarting");
  if (!self._isProven) note("R");
  restartSoon();
}

/** Counts down to a restart, and makes it. */
/*@__TOGETHER__ rare*/
export function countDown(): void {
  if (--(self._untilRestart as number)) return;
  if (journal) saveJournal(journal, client.dropped + self._lost);
  E.reboot();
}
