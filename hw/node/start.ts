/**
 * The firmware: joins Wi-Fi, samples the sensors, publishes, and goes on for ever.
 *
 * Topics below `base`: `status` (`online`, `offline`; retained; the will) · `state` (readings as JSON, with the time they
 * were taken at: `ts` in seconds when the clock is known, else `uptime`) · `<sensor>/<quantity>` (single values, where
 * configured) · `error` (a sensor's fault, once per change) · `diag` (retained) · `cmd/read`, `cmd/period`, `cmd/restart` →
 * `cmd/result`. What was taken without a connection is published after it, in order, with `"late":true` when that took long.
 */
import { abort, connect, subscribe } from "../../src/index.ts";
import { KEEP_ALIVE_TIMEOUT, NAME_NOT_FOUND, NETWORK_DOWN } from "../../src/reason.ts";
import type { Board } from "../board.ts";
import type { NodeConfig } from "../config.ts";
import { CONNECTED, DISCONNECTED, explain, JOINED, NOT_THERE } from "../lines.ts";
import { startStation } from "../net/wifi.ts";
import type { StationOptions } from "../net/wifi.ts";
import type { Announcers } from "./announcer.ts";
import { RESTART_PERIOD } from "./commands.ts";
import { setResetReason } from "./diagnostics.ts";
import type { Past } from "./history.ts";
import { loadJournal } from "./journal-file.ts";
import { limitJournal, openJournal, publishNext } from "./outbox.ts";
import { client, commands, makeClient, options, setWill } from "./publishing.ts";
import type { NamedSensor } from "./sampler.ts";
import { setSensors } from "./samples.ts";
import { self } from "./self.ts";
import { setGuards } from "./signature.ts";
import { startTick } from "./tick.ts";

/** Seconds without an acknowledged message until the node restarts; twice as many after each such restart in a row. */
const PATIENCE = 900;

const station: StationOptions = {
  ssid: "",
  onChanged(address, reason) {
    if (address) {
      print(JOINED + station.ssid + ", address " + address);
      connect(client);
    } else {
      print(NOT_THERE + station.ssid + " is not there (" + reason + "); trying again");
      // No board reports it on its sockets, and the address may be another one next time.
      abort(client, NETWORK_DOWN);
    }
  },
};

options.onConnect = function () {
  delete options.will;
  print(CONNECTED + options.host);
  self._carried = self._diagAt = 0;
  // One that is under way is sent again.
  if (!self._status) self._status = -1;
  publishNext();
};

options.onDisconnect = function (reasonCode, seconds) {
  setWill();
  // A broker that refuses, or is none, shows that Wi-Fi carries.
  if (reasonCode < NAME_NOT_FOUND && reasonCode !== KEEP_ALIVE_TIMEOUT) self._carried = self._silence;
  print(DISCONNECTED + explain(reasonCode) + (seconds ? "; next attempt in " + seconds + " s" : ""));
};

/**
 * Runs a node with a configuration that `checkConfig` accepts and the sensors it names, in order, for as long as the board
 * has power.
 */
export function startNode(
  board: Board,
  config: NodeConfig,
  made: NamedSensor[],
  makers: Announcers,
  past: Past,
): void {
  const patience = config.restart_after;
  if (past._isCommanded) self._restartAt = RESTART_PERIOD;
  setResetReason(board.resetReason());
  self._patience = (patience === undefined ? PATIENCE : patience) << Math.min(past._restarts, 4);
  setSensors(made, config.values);
  makeClient(board, config);
  /*@__SPLICE__*/ setGuards(config, board);
  limitJournal((config.queue && config.queue.readings) || 0);
  openJournal(loadJournal());
  const maker = config.discovery && makers.discovery;
  if (maker && made[0]) options._announcer = maker(config, board, made);
  subscribe(client, options._announcer ? [commands, options._announcer] : [commands]);
  station.ssid = config.wifi.ssid;
  station.password = config.wifi.password || "";
  startStation(station);
  board.secure();
  if (config.ntp) board.syncClock(config.ntp);
  startTick(board);
}
