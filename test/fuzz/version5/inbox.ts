/** What a client has to do with a message from the server: so a referee sees it. */
import { bytes, writeU16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { messageOf } from "./outbox.ts";
import type { Outbox } from "./outbox.ts";
import { ID, valueOf } from "./properties.ts";
import type { Property } from "./properties.ts";
import { headOf } from "./rules.ts";
import type { Script } from "./script.ts";
import { ANSWERS, QUESTION } from "./stage.ts";
import type { Settings } from "./stage.ts";
import type { Wishes } from "./wishes.ts";

export interface Inbox {
  /** Packet ids of QoS 2 whose PUBREL has not come: all, and those of this connection. */
  readonly received: Set<number>;
  readonly receivedHere: Set<number>;
  readonly aliases: Map<number, string>;
  /** Requests that wait: how many seconds, by serial. */
  readonly requests: Map<string, number>;
  /** A message, or as much of a large one as has come. */
  deliver(packet: Frame, isLarge: boolean): void;
  opened(): void;
}

export function createInbox(settings: Settings, script: Script, outbox: Outbox, wishes: Wishes): Inbox {
  const received = new Set<number>();
  const receivedHere = new Set<number>();
  const aliases = new Map<number, string>();
  const requests = new Map<string, number>();
  /** How many bytes of the payload of a large message were told of. */
  let told = 0;
  let replies = 0;

  /** A response finds its request by its data. */
  function respond(payload: string, list: readonly Property[]): void {
    const data = valueOf(list, ID.correlation);
    for (const serial of requests.keys()) {
      const line = `response ${serial} 0 ${payload}`;
      const known = outbox.correlations.get(serial);
      // Of a request that was not written yet only the client knows them.
      if (known === undefined ? script.lineOf(script.peek()) !== line : known !== data) continue;
      script.demandTold(line);
      requests.delete(serial);
    }
  }

  /** The program answers a question in the handler that is told of it. */
  function reply(list: readonly Property[]): void {
    const topic = valueOf(list, ID.responseTopic) as string | undefined;
    const data = list.filter(([identifier]) => identifier === ID.correlation);
    const message = messageOf(topic ?? "", `r${++replies} `, 0, { properties: data });
    outbox.publish(message, true, topic ? [] : [0x82]);
  }

  function tellWhole(topic: string, payload: string, flags: number, list: readonly Property[]): void {
    const pieces = wishes.takersOf(topic, list, "pieces");
    for (const filter of pieces)
      script.demandTold(`${filter} piece ${topic} 0 ${payload.length} ${flags} ${payload}`);
    const takers = wishes.takersOf(topic, list, "whole");
    for (const filter of takers) {
      if (filter === ANSWERS && settings.hasRequests) respond(payload, list);
      else script.demandTold(`${filter} took ${topic} ${payload} ${flags}`);
    }
    if (takers.length || pieces.length) return;
    script.demandTold(`message ${topic} ${payload} ${flags}`);
    if (settings.hasRequests && topic === QUESTION) reply(list);
  }

  function tellPiece(packet: Frame, topic: string, start: number, list: readonly Property[]): void {
    const takers = wishes.takersOf(topic, list, "pieces");
    const flags = packet.first & 15;
    const piece = packet.bytes.slice(start + told);
    if (!settings.hasPieces) script.fail("took what is too large");
    const lines = (takers.length ? takers.map((filter) => `${filter} piece`) : ["piece"]).map(
      (whose) => `${whose} ${topic} ${told} ${packet.size - start} ${flags} ${piece}`,
    );
    // As much as a packet may have can be kept for the next piece.
    const isKept =
      told > 0 &&
      !packet.isWhole &&
      piece.length < settings.maximumPacketSize &&
      script.lineOf(script.peek()) !== lines[0];
    if (!isKept) {
      for (const line of lines) script.demandTold(line);
      told = packet.isWhole ? 0 : told + piece.length;
    }
  }

  return {
    received,
    receivedHere,
    aliases,
    requests,
    opened() {
      aliases.clear();
      receivedHere.clear();
      told = 0;
    },
    deliver(packet, isLarge) {
      const { topic: name, id, field, start } = headOf(packet);
      const qos = (packet.first >> 1) & 3;
      const alias = valueOf(field.list, ID.alias) as number | undefined;
      if (alias !== undefined && name) aliases.set(alias, name);
      const topic = name || aliases.get(alias ?? 0)!;
      const isKnown = qos === 2 && received.has(id);
      if (!isKnown && isLarge) tellPiece(packet, topic, start, field.list);
      else if (!isKnown) tellWhole(topic, packet.bytes.slice(start), packet.first & 15, field.list);
      if (!packet.isWhole) return;
      if (qos === 2) {
        if (!isKnown) receivedHere.add(id);
        received.add(id);
      }
      if (qos) script.demandWritten(bytes(qos === 1 ? 0x40 : 0x50, 2) + writeU16(id));
    },
  };
}
