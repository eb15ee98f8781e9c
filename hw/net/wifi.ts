/** The Wi-Fi station: joins, and joins again whatever ended it. */

/** Seconds an attempt gets: ESP32 tries three times within it, ESP8266 goes on by itself. */
const ATTEMPT = 30;
/** Seconds from a failed attempt or a lost network to the next attempt. ESP32 has stopped its radio by then. */
const PAUSE = 5;

export interface StationOptions {
  /** 1…32 bytes. */
  ssid: string;
  /** Empty for an open network, else 8…63 bytes. */
  password?: string;
  /** Called when the network came (`address`) and when it went (empty address), with the board's reason. */
  onChanged(address: string, reason: string): void;
}

// A board has one station, so its state stands here: no record, no closures.
let station: StationOptions;
let isUp = 0;
/** Ticks to the next attempt. */
let wait = 1;
/** Times the network came. */
let joins = 0;

/** Address that a board reports when it has none. */
const NO_ADDRESS = "0.0.0.0";

/** Own address; "0.0.0.0" when there is none. */
export function address(): string {
  return require("Wifi").getIP().ip;
}

/** Signal strength in dBm; 0 when unknown. */
/*@__TOGETHER__ rare*/
export function signalStrength(): number {
  const wifi = require("Wifi");
  // ESP32 has it in one answer, ESP8266 in the other.
  return wifi.getStatus().rssi || wifi.getDetails().rssi || 0;
}

/** What the board tells of the network: in an event, or as the error that an attempt ended with, if it did. */
type News = { ip?: string; reason?: string | number } | string | null | undefined;

/**
 * Takes any news, because one function costs less than one for each kind; none means that the address tells. A failed
 * attempt is passed on each time, anything else when it changes something.
 */
function heard(news?: News): void {
  const error = typeof news === "string" ? news : "";
  const reason = error || (news && typeof news === "object" ? news.reason : undefined);
  // Not by `address`: what is called in one place only, the build puts there.
  const own = reason === undefined ? require("Wifi").getIP().ip : NO_ADDRESS;
  const isThere = own === NO_ADDRESS ? 0 : 1;
  if (isThere === isUp && !error) return;
  isUp = isThere;
  wait = PAUSE;
  if (isUp) joins++;
  station.onChanged(isUp ? own : "", "" + (reason || "no address"));
}

/** Starts to join at the first tick. Once per start of the board. */
export function startStation(options: StationOptions): void {
  const wifi = require("Wifi");
  station = options;
  wifi.on("connected", heard);
  wifi.on("disconnected", heard);
}

/** Passes a second. */
export function tickStation(): void {
  // A lease can end without an event; an address can outlive the network, so it alone never means "up".
  if (isUp && require("Wifi").getIP().ip === NO_ADDRESS) heard();
  if (isUp || --wait > 0) return;
  wait = ATTEMPT;
  require("Wifi").connect(station.ssid, { password: station.password || "" }, heard);
}

/** Times the network came. */
export function countJoins(): number {
  return joins;
}

/** Leaves and joins anew, for a network that looks up and carries nothing. */
export function rejoin(): void {
  require("Wifi").disconnect();
}
