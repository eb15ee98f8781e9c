/** The TLS link that a configuration asks for: `true`, or what tools/certificates.ts made of PEM. */
import type { Link } from "../../src/link.ts";
import { createTlsLink } from "./tls.ts";
import type { Certificates } from "./tls.ts";

/** Port of MQTT over TLS. */
const PORT = 8883;

/** The members of `tls` in a configuration: DER in base64. */
const NAMES = "ca cert key";

/**
 * A TLS link for the `tls` of `transport`, whose port becomes 8883 where it has none. Throws what is wrong with it, without
 * values, which are secrets; says once on the console what TLS does not do here.
 */
export function createSecureLink(transport: { port?: number; tls?: unknown }): Link {
  const tls = transport.tls === true ? {} : (transport.tls as { [name: string]: string | undefined });
  if (typeof tls !== "object") throw "tls: must be true, false or an object";
  Object.keys(tls).forEach(function (name) {
    const base64 = tls[name];
    if (NAMES.split(" ").indexOf(name) < 0) throw "tls." + name + ": unknown; known are " + NAMES;
    // Every DER of ours begins with the byte 0x30, and Espruino takes what is shorter for the name of a file.
    if (typeof base64 !== "string" || base64.length < 136 || base64.charAt(0) !== "M")
      throw "tls." + name + ": must be DER in base64, as made of PEM on the host";
    tls[name] = atob(base64);
  });
  if (!tls.cert !== !tls.key) throw "tls." + (tls.cert ? "key" : "cert") + ": is needed with the other";
  transport.port = transport.port || PORT;
  print(
    "TLS: encrypted, but Espruino verifies nobody: anybody can pose as the broker. A private network, an access list at the broker and client certificates help",
  );
  return createTlsLink(tls as Certificates);
}
