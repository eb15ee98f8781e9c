/** Bits that a part sends as pulses of its own timing, told apart by the time from one falling edge to the next. */
import type { Pin, PinWatch } from "../espruino.d.ts";

/** Any pin that can be watched: all but D16 of an ESP8266 and D6…D12 of an ESP32. */
export type PulsePin = Pick<Pin, "mode" | "write" | "read">;

/** What a driver's record has for the functions below. */
export interface PulsePart {
  _pin: PulsePin;
  /** Id of the watch; undefined while there is none. */
  _watch: number | undefined;
  /** Falling edges so far. */
  _edges: number;
  /** Seconds, of the last of them. */
  _fellAt: number;
  /** "0" and "1" for each bit since the last interval that was none. */
  _bits: string;
}

// Microseconds from edge to edge. AM2302 "Single-bus signals": 0 is 48…55 low and 22…30 high, 1 as low and 68…75 high; what
// comes before the bits is 75…85 low and as high.
const SHORTEST = 60;
const MIDDLE = 100;
const LONGEST = 140;

/** Who listens: the callback of a watch knows the pin, but a part is what it is for. */
let listener: PulsePart | undefined;

function onFall(event: PinWatch): void {
  const part = listener as PulsePart;
  const interval = (event.time - part._fellAt) * 1e6;
  part._fellAt = event.time;
  part._edges++;
  // An edge that was lost makes one interval of two, longer than any: what came before it is void.
  part._bits = interval > SHORTEST && interval < LONGEST ? part._bits + (interval > MIDDLE ? 1 : 0) : "";
}

/** Takes the place of the listener, for one part at a time; false while it is another's. */
export function reserve(part: PulsePart): boolean {
  if (listener && listener !== part) return false;
  listener = part;
  return true;
}

/** Lets go of the pin and listens from now on; the place has to be reserved. False when the pin cannot be watched. */
export function listen(part: PulsePart): boolean {
  part._edges = part._fellAt = 0;
  part._bits = "";
  // The watch first: an ESP32 lets go of the pin with it.
  part._watch = setWatch(onFall, part._pin as Pin, { edge: "falling", repeat: true });
  part._pin.mode("input_pullup");
  return part._watch !== undefined;
}

/** Ends listening and gives the place back. */
export function stopListening(part: PulsePart): void {
  if (listener === part) listener = undefined;
  if (part._watch === undefined) return;
  clearWatch(part._watch);
  part._watch = undefined;
}
