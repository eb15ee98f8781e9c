/**
 * Watches a conversation from outside and says what is wrong with the client in it. It knows MQTT 3.1.1, what the client
 * promises beyond it (README, "What it does when things go wrong"), and nothing of how the client is made.
 */
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { bytes, frame, hex } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { faultsOf, headOf, parse } from "./rules.ts";
import type { Expected } from "./rules.ts";
import { matches } from "./topics.ts";

/** What the client did, in order: told its owner a line, or wrote packets. */
export type Event = { told: string } | { wrote: string };

/** A message of the client above QoS 0 that is not acknowledged. */
interface Pending {
  packet: string;
  qos: number;
  /** Did its PUBREC come? */
  isReleased: boolean;
}

/** What the program wants of a filter, and how far the server knows. */
interface Wish {
  cmd: "subscribe" | "unsubscribe";
  state: "wanted" | "asked" | "granted" | "refused";
  hasHandler: boolean;
}

export interface Referee {
  /** A connection stands. */
  opened(): void;
  /** The program called this; what follows from it may be among the events. */
  subscribed(topicFilters: readonly string[], haveHandlers: boolean): void;
  unsubscribed(topicFilters: readonly string[]): void;
  disconnected(): void;
  /** The server sends these bytes, and the client did all of this. Throws when it was not what it must do. */
  receive(bytes: string, events: readonly Event[]): void;
  /** The client did this for another reason: a call of the program, time that passed, the link that drained. */
  watch(events: readonly Event[]): void;
  /** The connection ended, whoever ended it. */
  closed(): void;
  /** Throws when something is left that a server which answers everything has not been asked for. */
  settled(): void;
  /** Is the client to have ended the connection? */
  readonly isOver: boolean;
  /** What could be acknowledged now, and what is asked for. */
  readonly pending: ReadonlyMap<number, Pending>;
  readonly asked: Expected["asked"];
  readonly received: ReadonlySet<number>;
}

const DUP = 8;
const idBytes = (first: number, id: number): string => bytes(first, 2, id >> 8, id & 255);

export function createReferee({ clean, limit, hasQos2 }: Omit<Expected, "isConnecting" | "asked">): Referee {
  let stream = "";
  let isConnecting = false;
  let isOver = false;
  let isDisconnected = false;
  let hasConnect = false;
  let isReported = false;
  let asked: Expected["asked"];
  let askedFilters: string[] = [];
  const wishes = new Map<string, Wish>();
  const received = new Set<number>();
  let pending = new Map<number, Pending>();
  /** What must be sent again first, in order; until then no acknowledgement of it is awaited. */
  let again: Array<[id: number, sent: string]> = [];
  let events: Event[] = [];
  const fail = (problem: string): never => {
    throw new Error(`${problem}; then: ${JSON.stringify(events.slice(0, 5))}`);
  };

  function wrotePublish(packet: Packet & { cmd: "publish" }, sent: string): void {
    const { dup, qos, messageId: id = 0 } = packet;
    if (dup) {
      const [, next = ""] = again.shift() ?? [];
      if (next !== sent) fail(`sent again ${hex(sent)} instead of ${hex(next)}`);
      return;
    }
    if (again.length) fail(`a new message before ${again.length} old ones`);
    if (!qos) return;
    if (!id || pending.has(id) || asked?.id === id) fail(`packet id ${id} is in use`);
    pending.set(id, { packet: sent, qos, isReleased: false });
  }

  /** A packet that the client wrote of its own accord. */
  function wroteFreely(sent: string): void {
    const packet = parse(sent);
    if (!packet || packet.length !== sent.length - (sent.length < 130 ? 2 : 3))
      return fail(`wrote ${hex(sent)}`);
    const canonical = generate(packet).toString("latin1");
    if (canonical !== sent) fail(`mqtt-packet writes ${hex(canonical)} for ${hex(sent)}`);
    if (packet.cmd === "connect") {
      if (hasConnect) fail("a second CONNECT");
      hasConnect = true;
      return;
    }
    if (isConnecting || !hasConnect) fail(`${packet.cmd} before CONNACK`);
    if (packet.cmd === "publish") wrotePublish(packet, sent);
    else if (packet.cmd === "subscribe" || packet.cmd === "unsubscribe") {
      const id = packet.messageId ?? 0;
      if (!id || pending.has(id) || asked)
        fail(`${packet.cmd} with ${id} while another request is under way`);
      askedFilters =
        packet.cmd === "subscribe" ? packet.subscriptions.map(({ topic }) => topic) : packet.unsubscriptions;
      askedFilters = askedFilters.map((filter) => Buffer.from(filter).toString("latin1"));
      if (!askedFilters.length) fail(`an empty ${packet.cmd}`);
      asked = { id, cmd: packet.cmd, count: askedFilters.length };
      for (const filter of askedFilters) {
        const wish = wishes.get(filter);
        if (wish?.cmd !== packet.cmd || wish.state !== "wanted")
          fail(`${packet.cmd} of ${filter}, which nobody wants`);
        else wish.state = "asked";
      }
    } else if (packet.cmd === "pubrel") {
      // After a reconnect, in its place among the messages.
      const [, next = ""] = again.shift() ?? [];
      if (next !== sent) fail(`PUBREL ${hex(sent)} instead of ${hex(next)}`);
    } else if (packet.cmd === "disconnect") {
      if (!isDisconnected) fail("DISCONNECT that nobody asked for");
      isOver = true;
    } else if (packet.cmd !== "pingreq") fail(`${packet.cmd} that nothing asked for`);
  }

  const isFree = (event: Event): boolean =>
    "wrote" in event
      ? !/^[\x40\x50\x70]/.test(event.wrote) &&
        (!event.wrote.startsWith("\x62") || again[0]?.[1] === event.wrote)
      : event.told.startsWith("drop 151 ");

  function takeFree(event: Event): void {
    if (isOver) fail(`did ${JSON.stringify(event)} though the connection is over`);
    if ("wrote" in event) wroteFreely(event.wrote);
    else {
      const id = Number(event.told.split(" ")[2]);
      if (id && pending.has(id)) fail(`dropped ${id}, which is under way`);
    }
  }

  /** The client must do this next, with what it does freely before it. */
  function demand(wanted: Event): void {
    for (;;) {
      const event = events.shift();
      if (!event) return fail(`did not do ${JSON.stringify(wanted)}`);
      if (JSON.stringify(event) === JSON.stringify(wanted)) return;
      if (!isFree(event)) {
        events.unshift(event);
        fail(`did not do ${JSON.stringify(wanted)}`);
      }
      takeFree(event);
    }
  }

  const demandAnswer = (first: number, id: number): void => demand({ wrote: idBytes(first, id) });

  function takeFreely(): void {
    while (events[0] && isFree(events[0])) takeFree(events.shift()!);
  }

  function deliver(packet: Frame, isLarge: boolean): void {
    const { topic, id, start } = headOf(packet);
    const { first } = packet;
    const qos = (first >> 1) & 3;
    if (qos === 2 && received.has(id)) {
      if (packet.isWhole) demandAnswer(0x50, id);
      return;
    }
    if (isLarge) {
      if (!isReported) demand({ told: `drop 149 0 ${topic}` });
      isReported = !packet.isWhole;
    } else {
      const payload = packet.bytes.slice(start);
      const handlers = [...wishes].filter(([filter, { hasHandler }]) => hasHandler && matches(filter, topic));
      const lines = handlers.map(([filter]) => `${filter} took ${topic} ${payload} ${first & 15}`);
      for (const told of lines.length ? lines : [`message ${topic} ${payload} ${first & 15}`])
        demand({ told });
    }
    if (!packet.isWhole) return;
    if (qos === 2) received.add(id);
    if (qos) demandAnswer(qos === 1 ? 0x40 : 0x50, id);
  }

  /** What a server with our session, or without, must be asked for. */
  function wishAnew(sessionPresent: boolean): void {
    for (const [filter, wish] of wishes) {
      if (wish.cmd === "unsubscribe" && !sessionPresent) wishes.delete(filter);
      else if (!sessionPresent || wish.state !== "granted") wish.state = "wanted";
    }
  }

  function accepted(sessionPresent: boolean): void {
    isConnecting = false;
    wishAnew(sessionPresent);
    if (sessionPresent) {
      demand({ told: "connect true" });
      again = [...pending].map(([id, { packet, isReleased }]) => [
        id,
        isReleased ? idBytes(0x62, id) : bytes(packet.charCodeAt(0) | DUP) + packet.slice(1),
      ]);
    } else {
      const lost = [...pending].filter(([, { isReleased }]) => isReleased);
      received.clear();
      pending = new Map();
      for (const [id] of lost) demand({ told: `drop 146 ${id} ` });
      demand({ told: "connect false" });
    }
    takeFreely();
  }

  function acknowledged(id: number): void {
    pending.delete(id);
    demand({ told: `acknowledge ${id}` });
  }

  function answered(body: string): void {
    const cmd = asked!.cmd;
    const filters = askedFilters;
    asked = undefined;
    filters.forEach((filter, index) => {
      const wish = wishes.get(filter);
      if (wish?.state !== "asked") return;
      if (cmd === "unsubscribe") wishes.delete(filter);
      else wish.state = body.charCodeAt(2 + index) > 2 ? "refused" : "granted";
    });
    takeFreely();
    filters.forEach((filter, index) => {
      const code = body.charCodeAt(2 + index);
      demand({ told: cmd === "subscribe" ? `subscribe ${filter} ${code}` : `unsubscribe ${filter}` });
    });
  }

  function act(packet: Frame): void {
    const { first, header, size } = packet;
    const type = first >> 4;
    const body = packet.bytes.slice(header);
    const id = body.charCodeAt(0) * 256 + body.charCodeAt(1);
    const known = again.some(([unsent]) => unsent === id) ? undefined : pending.get(id);
    if (type === 3) deliver(packet, size > limit);
    else if (type === 2) accepted(body.charCodeAt(0) === 1);
    // One for a message of QoS 2 ends it, too, until it is released: a broker of the field answers so.
    else if (type === 4 && known && !known.isReleased) acknowledged(id);
    else if (type === 7 && known?.isReleased) acknowledged(id);
    else if (type === 5) {
      if (known?.qos === 2) known.isReleased = true;
      demandAnswer(0x62, id);
    } else if (type === 6) {
      received.delete(id);
      demandAnswer(0x70, id);
    } else if (type === 9 || type === 11) answered(body);
  }

  function end(faults: readonly number[]): void {
    takeFreely();
    const event = events.shift();
    const told = event && "told" in event ? event.told : "";
    const code = Number(/^disconnect (\d+) (again|end)$/.exec(told)?.[1]);
    if (!faults.includes(code))
      fail(`did ${JSON.stringify(event)} where it must disconnect with ${faults.join(" or ")}`);
    isOver = true;
  }

  return {
    opened() {
      stream = "";
      isConnecting = true;
      isOver = isDisconnected = hasConnect = isReported = false;
      asked = undefined;
      again = [];
    },
    subscribed(topicFilters, hasHandler) {
      for (const filter of topicFilters) {
        wishes.delete(filter);
        wishes.set(filter, { cmd: "subscribe", state: "wanted", hasHandler });
      }
    },
    unsubscribed(topicFilters) {
      for (const filter of topicFilters) {
        wishes.delete(filter);
        wishes.set(filter, { cmd: "unsubscribe", state: "wanted", hasHandler: false });
      }
    },
    settled() {
      const open = [...wishes].filter(([, { state }]) => state === "wanted" || state === "asked");
      if (open.length || pending.size || again.length || asked)
        fail(`left: ${JSON.stringify([open, [...pending], asked])}`);
    },
    disconnected() {
      isDisconnected = true;
    },
    receive(sent, done) {
      events = [...done];
      stream += sent;
      while (stream && !isOver) {
        const packet = frame(stream);
        if (typeof packet === "number") {
          end([packet]);
          break;
        }
        const faults = faultsOf(packet, { isConnecting, clean, hasQos2, limit, asked });
        if (faults.length) end(faults);
        else if (packet.isWhole) act(packet);
        else if (packet.size > limit && stream.length >= limit) deliver(packet, true);
        if (!packet.isWhole) break;
        stream = stream.slice(packet.size);
      }
      takeFreely();
      if (events.length) fail("did more than the bytes asked for");
    },
    watch(done) {
      events = [...done];
      while (events.length) {
        const event = events.shift()!;
        if ("told" in event && /^disconnect (0|141|194) /.test(event.told)) isOver = true;
        else if (isFree(event)) takeFree(event);
        else {
          events.unshift(event);
          fail("did what nothing asked for");
        }
      }
    },
    closed() {
      isOver = true;
    },
    get isOver() {
      return isOver;
    },
    get pending() {
      return pending;
    },
    get asked() {
      return asked;
    },
    get received() {
      return received;
    },
  };
}
