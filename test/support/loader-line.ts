import type { Loader } from "../../sim/loader/loader.ts";
import type { Line } from "../../tools/flash/line.ts";

/** The near end of the line to a modelled chip. */
export function lineTo(loader: Loader): Line {
  return {
    stream: loader.stream,
    hasSignals: true,
    ...(loader.usb ? { usb: { vendor: 0x303a, product: 0x1001 } } : {}),
    setSignals(signals) {
      loader.setSignals(signals);
      return Promise.resolve();
    },
    setBaudRate(baud) {
      loader.setBaudRate(baud);
      return Promise.resolve();
    },
    close() {
      loader.stream.destroy();
      return Promise.resolve();
    },
  };
}
