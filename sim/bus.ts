/** Thrown by a device that does not acknowledge; the board turns it into its own error text. */
export class NoAcknowledge extends Error {}

/** The device's end of an I²C bus. Either transfer may throw `NoAcknowledge`. */
export interface BusDevice {
  /** A write transfer as one piece; bytes are 0…255. */
  write(bytes: number[]): void;
  /** A read transfer; gives `quantity` bytes of 0…255. */
  read(quantity: number): number[];
}

/** The wires of one I²C bus with what hangs on them; they outlive a boot of the board. */
export interface Bus {
  /** Puts a device at a 7-bit address, in place of what was there. */
  attach(address: number, device: BusDevice): void;
  /** Takes the device away; from then on nothing acknowledges there. */
  detach(address: number): void;
  /** The device at an address. */
  at(address: number): BusDevice | undefined;
  /**
   * A data line held low. ESP32 notices after 1000 ms and throws; the software bus of ESP8266 takes the low
   * line for an acknowledgement and reads zeros. Default false.
   */
  stuck: boolean;
  /** Where the program put it; undefined until then, and devices answer wherever it is. */
  pins: { data: string; clock: string } | undefined;
}

/** Makes a bus with nothing on it. */
export function createBus(): Bus {
  const devices = new Map<number, BusDevice>();
  return {
    stuck: false,
    pins: undefined,
    attach: (address, device) => void devices.set(address, device),
    detach: (address) => void devices.delete(address),
    at: (address) => devices.get(address),
  };
}
