/** The firmware on a bed: its files, and the questions that scenarios ask of a node. */
import type { IPublishPacket } from "mqtt-packet";
import type { BoardKind } from "../../sim/world.ts";
import type { Bed, BedOptions, BrokerAddress, Scenario } from "./bed.ts";
import { bundle } from "./bundles.ts";
import { count } from "./server.ts";

/** Both beds give their board this identity. */
export const BASE = "ristretto/30aea4000001";

/** A node's configuration: one sample at the start and then none but on command, so that nothing happens by the clock. */
export function configOf(settings: Record<string, unknown>, broker: BrokerAddress): string {
  const { broker: more, ...rest } = settings as { broker?: object };
  return JSON.stringify({
    wifi: { ssid: "home", password: "secret-wifi" },
    broker: { ...broker, keepalive: 60, ...more },
    period: 3600,
    ...rest,
  });
}

export function nodeOptions(
  kind: BoardKind,
  { settings = {}, down = false, throws }: Partial<Scenario>,
): BedOptions {
  return {
    kind,
    down,
    throws,
    files: (broker) => ({
      ".bootcde": bundle(kind === "ESP32" ? "esp32.min.js" : "esp8266.min.js"),
      "config.json": configOf(settings, broker),
    }),
  };
}

/** Messages sent below the node's base, in order. */
export function messages({ server }: Bed, topic: string): IPublishPacket[] {
  return server.packets.filter(
    (packet) => packet.cmd === "publish" && packet.topic === `${BASE}/${topic}`,
  ) as IPublishPacket[];
}

/** The payloads of those. */
export function payloads(bed: Bed, topic: string): string[] {
  return messages(bed, topic).map(({ payload }) => payload.toString());
}

/** The answers in `cmd/result`. */
export function results(bed: Bed): unknown[] {
  return payloads(bed, "cmd/result").map((payload) => JSON.parse(payload) as unknown);
}

/** Waits until the node's connection number `nth` has seen all that follows from a connect; `diag` is the last of it. */
export function settled(bed: Bed, nth = 1): Promise<void> {
  return bed.until(
    () =>
      bed.server.connections
        .at(nth - 1)
        ?.packets.some((packet) => packet.cmd === "publish" && packet.topic === `${BASE}/diag`) ?? false,
  );
}

/** Waits until so many messages of a topic have come. */
export function told(bed: Bed, topic: string, count: number): Promise<void> {
  return bed.until(() => messages(bed, topic).length >= count);
}

/** Waits for a line of the console, or for so many of them; gives the last. */
export async function printed(bed: Bed, text: string, from = 0, times = 1): Promise<string> {
  const find = (): string | undefined =>
    bed.console.slice(from).filter((line) => line.includes(text))[times - 1];
  await bed.until(() => find() !== undefined);
  return find()!;
}

/** A command as the server sends it. */
export function command(
  name: string,
  payload = "now",
  { qos = 0, retain = false }: { qos?: 0 | 1; retain?: boolean } = {},
): IPublishPacket {
  const id = qos ? { messageId: 77 } : {};
  return { cmd: "publish", topic: `${BASE}/cmd/${name}`, payload, qos, retain, dup: false, ...id };
}

/** Waits until the node has taken all that the server has sent: a retained command is acknowledged and passed over. */
export async function taken(bed: Bed): Promise<void> {
  const { last } = bed.server;
  const before = count(last, "puback");
  last.send(command("taken", "", { qos: 1, retain: true }));
  await bed.until(() => count(last, "puback") > before);
}
