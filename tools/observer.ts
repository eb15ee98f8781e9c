/** Reads the board's MQTT connection along, packet by packet, and tells what a person wants to know of it. */
import type { Packet } from "mqtt-packet";
import type { SimulationEvent } from "./events.ts";

/** A PUBLISH that waits for its PUBACK. */
interface Waiting {
  topic: string;
  payload: string;
  since: number;
}

const RETURN_CODES = [
  "accepted",
  "refused: unacceptable protocol version",
  "refused: identifier rejected",
  "refused: server unavailable",
  "refused: bad user name or password",
  "refused: not authorized",
];

/** The words for a packet, without secrets. */
function detailOf(packet: Packet): string {
  switch (packet.cmd) {
    case "connect": {
      const will = packet.will ? `, will ${packet.will.topic} = ${packet.will.payload.toString()}` : "";
      return `client ${packet.clientId}, keep alive ${packet.keepalive ?? 0} s${will}`;
    }
    case "connack":
      return `${RETURN_CODES[packet.returnCode ?? 0] ?? "refused"}${packet.sessionPresent ? ", session present" : ""}`;
    case "subscribe":
      return packet.subscriptions.map(({ topic, qos }) => `${topic} (QoS ${qos})`).join(", ");
    case "suback":
      return packet.granted
        .map((code) => (Number(code) < 128 ? `granted QoS ${Number(code)}` : "refused"))
        .join(", ");
    default:
      return "";
  }
}

/** Follows one board; `now` in ms. */
export function createObserver(now: () => number, emit: (event: SimulationEvent) => void) {
  const waiting = new Map<number, Waiting>();

  function published(packet: Packet & { cmd: "publish" }): void {
    const { topic, qos, retain, dup, messageId } = packet;
    const payload = packet.payload.toString();
    if (messageId !== undefined) waiting.set(messageId, { topic, payload, since: now() });
    emit({
      event: "publish",
      topic,
      payload,
      qos,
      retain,
      dup,
      ...(messageId === undefined ? {} : { packetId: messageId }),
    });
  }

  function acknowledged(packetId: number): void {
    const message = waiting.get(packetId);
    if (!message) return;
    waiting.delete(packetId);
    const ms = Math.round(now() - message.since);
    emit({ event: "acknowledge", topic: message.topic, payload: message.payload, packetId, ms });
  }

  return (direction: "up" | "down", packet: Packet): void => {
    if (packet.cmd === "publish" && direction === "up") published(packet);
    else if (packet.cmd === "puback" && direction === "down") acknowledged(packet.messageId ?? 0);
    else {
      if (packet.cmd === "connect") waiting.clear();
      emit({ event: "packet", direction, packet: packet.cmd.toUpperCase(), detail: detailOf(packet) });
    }
  };
}
