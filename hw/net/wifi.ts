/** The Wi-Fi station: joins, and joins again whatever ended it. */

/** Seconds an attempt gets: ESP32 tries three times within it, ESP8266 goes on by itself. */
const ATTEMPT = 30;
/** Seconds from a failed attempt or a lost network to the next attempt. ESP32 has stopped its radio by then. */
const PAUSE = 5;
/** What the board calls its address while it has none. */
const NO_ADDRESS = "0.0.0.0";

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
let isUp = false;
/** Ticks to the next attempt. */
let wait = 1;
/** Times the network came. */
let joins = 0;

/** Own address; "0.0.0.0" when there is none. */
export function address(): string {
  return require("Wifi").getIP().ip;
}

/** Signal strength in dBm; 0 when unknown. */
export function signalStrength(): number {
  const wifi = require("Wifi");
  // ESP32 has it in one answer, ESP8266 in the other.
  return wifi.getStatus().rssi || wifi.getDetails().rssi || 0;
}

function changed(up: boolean, reason: string): void {
  if (isUp === up) return;
  isUp = up;
  wait = PAUSE;
  if (up) joins++;
  station.onChanged(up ? address() : "", reason);
}

function connected(): void {
  changed(address() !== NO_ADDRESS, "");
}

function disconnected(details: { reason?: string | number }): void {
  changed(false, "" + details.reason);
}

/** An attempt to join ended. */
function attempted(error: string | null | undefined): void {
  if (!error) return connected();
  wait = PAUSE;
  station.onChanged("", error);
}

/** Starts to join at the first tick. Once per start of the board. */
export function startStation(options: StationOptions): void {
  const wifi = require("Wifi");
  station = options;
  wifi.on("connected", connected);
  wifi.on("disconnected", disconnected);
}

/** Passes a second. */
export function tickStation(): void {
  // A lease can end without an event; an address can outlive the network, so it alone never means "up".
  if (address() === NO_ADDRESS) changed(false, "no address");
  if (isUp || --wait > 0) return;
  wait = ATTEMPT;
  require("Wifi").connect(station.ssid, { password: station.password || "" }, attempted);
}

/** Times the network came. */
export function countJoins(): number {
  return joins;
}

/** Leaves and joins anew, for a network that looks up and carries nothing. */
export function rejoin(): void {
  require("Wifi").disconnect();
}
