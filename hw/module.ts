/** The module: what `require("ristretto")` gives, Espruino's `MQTT` over the link that boards have. */
import { mqtt } from "../src/espruino.ts";
import { id } from "./boards/espruino.ts";
import { createStreamLink } from "./net/stream.ts";
import { createTcpLink } from "./net/tcp.ts";

// Lots of its own for each board, as in boot.ts; at load, so that a program that seeds has the last word.
E.srand(E.CRC32(getSerial()));

mqtt._createLink = createTcpLink;
mqtt._createStreamLink = createStreamLink;
mqtt._id = id;

export default mqtt;
