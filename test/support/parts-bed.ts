/** What tests of the client's parts do on a bed. */
import type { IPublishPacket } from "mqtt-packet";
import type { Bed } from "./bed.ts";
import { untilTold } from "./client-bed.ts";
import { publishes } from "./server.ts";

/**
 * Makes the client anew, with these parts, after `lines` of program; with 5.0 its handlers tell the
 * properties too.
 */
export async function equip(bed: Bed, parts: string[], ...lines: string[]): Promise<void> {
  await untilTold(bed, "joined");
  for (const line of lines) await bed.type(line);
  await bed.type(`c = m.createClient(o, [${parts.map((part) => `m.${part}`).join()}])`);
  if (parts.includes("version5"))
    await bed.type(
      'o.onMessage = function (t, p, f) { tell("message " + t + " " + p + " " + f + " " + JSON.stringify(m.readProperties(c.properties))); }; ' +
        'o.onAcknowledge = function (id) { tell("acknowledge " + id + " " + c.reasonCode); }; ' +
        'o.onDisconnect = function (reason) { tell("disconnect " + reason + " " + JSON.stringify(m.readProperties(c.properties))); }',
    );
}

/** CONNACK with these properties; the rest as ever. */
export function accept({ server }: Bed, properties = {}, sessionPresent = false): void {
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect")
      connection.send({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent, properties });
    else server.answer(packet, connection);
  };
}

export const topicsOf = (bed: Bed): string[] =>
  publishes(bed.server).map(({ topic, properties }) => `${topic}=${properties?.topicAlias ?? "-"}`);
export const last = (bed: Bed): IPublishPacket => publishes(bed.server).at(-1)!;
