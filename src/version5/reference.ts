/** Following a server that sends its clients to another one (MQTT 5.0 §4.11). */
import { SERVER_REFERENCE } from "../codec/identifiers.ts";
import { readProperty } from "../codec/properties.ts";
import type { Part } from "../client/client.ts";
import { SERVER_MOVED, USE_ANOTHER_SERVER } from "../reason.ts";
import type { Version5Client } from "./client.ts";

/** Notes where a server sends us: `host`, `host:port` or `[address]:port`, the first of several. */
function refer(client: Version5Client, reasonCode: number): void {
  const options = client._options;
  const reference = readProperty(client.properties, SERVER_REFERENCE) as string | undefined;
  if (!reference || (reasonCode !== USE_ANOTHER_SERVER && reasonCode !== SERVER_MOVED)) return;
  // A server that a reference led to, and that refuses, leads back to where we began.
  client._reference = undefined;
  if (client._isReferred) return;
  const first = reference.split(" ")[0] as string;
  const bracket = first.indexOf("]");
  const colon = first.indexOf(":", bracket + 1);
  const host = colon < 0 ? first : first.substr(0, colon);
  const address = { host: bracket < 0 ? host : host.substr(1, bracket - 1), port: options.port };
  if (colon >= 0) address.port = +first.substr(colon + 1) || address.port;
  client._referenceCode = reasonCode;
  client._reference = address;
}

/**
 * Follows a server reference, where MQTT 5.0 is spoken. The next attempt leads there: once for 0x9C (use
 * another server), from then on for 0x9D (server moved). `onDisconnect` reports the code as ever. A server
 * that was reached so and sends us on before it has accepted is not followed: the next attempt is the first
 * server's again.
 */
export const serverReference: Part = function (client) {
  (client as Version5Client)._refer = refer;
};
