/** Colours, on terminals alone: the library would also colour what is piped or kept where `CI` is set. */
import picocolors from "picocolors";

export default picocolors.createColors(
  picocolors.isColorSupported && (process.stdout.isTTY || "FORCE_COLOR" in process.env),
);
