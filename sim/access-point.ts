/** The Wi-Fi network that boards join. Each member can be changed at any time. */
export interface AccessPoint {
  /** Default "home". */
  ssid: string;
  /** Judged when a station joins; a station that is in stays in. Default "secret". */
  password: string;
  /**
   * Switched off, stations lose it after some seconds without a beacon; bytes are lost at once. Default true.
   */
  up: boolean;
  /** Signal strength at the stations in dBm. Default -60. */
  rssi: number;
  /** From a station's order to join until it is associated, in ms. Default 800. */
  associationTime: number;
  /** From there to its address, in ms. Default 400. */
  dhcpTime: number;
}

/** Makes an access point; `onChange` is told when `up` changed. */
export function createAccessPoint(onChange: () => void): AccessPoint {
  let up = true;
  return {
    ssid: "home",
    password: "secret",
    rssi: -60,
    associationTime: 800,
    dhcpTime: 400,
    get up() {
      return up;
    },
    set up(on) {
      if (on === up) return;
      up = on;
      onChange();
    },
  };
}
