/** What tests of the client's parts do on a bed. */
import type { IPublishPacket } from "mqtt-packet";
import type { Bed } from "./bed.ts";
import { untilTold } from "./client-bed.ts";
import { publishes } from "./server.ts";

/** Enables parts before the client connects; with 5.0 its handlers tell the properties too. */
export async function enable(bed: Bed, ...parts: string[]): Promise<void> {
  await untilTold(bed, "joined");
  for (const part of parts) await bed.type(part);
  if (parts.includes(VERSION_5))
    await bed.type(
      'o.onMessage = function (t, p, f) { tell("message " + t + " " + p + " " + f + " " + JSON.stringify(m.readProperties(c.properties))); }; ' +
        'o.onAcknowledge = function (id) { tell("acknowledge " + id + " " + c.reasonCode); }; ' +
        'o.onDisconnect = function (reason) { tell("disconnect " + reason + " " + JSON.stringify(m.readProperties(c.properties))); }',
    );
}

export const VERSION_5 = "m.enableVersion5(c)";

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
