/** What the program gave the client to publish, and how far each message is on its way: so a referee sees it. */
import { bytes, frame, hex, packetOf, writeText, writeU16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { isTopicName } from "../topics.ts";
import { ID, valueOf, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import { headOf } from "./rules.ts";
import type { Script } from "./script.ts";
import type { Settings } from "./stage.ts";

const DUP = 8;
const FIRST = 16;

/** What the server allows, as its CONNACK says. */
export interface Limits {
  receiveMaximum: number;
  maximumQos: number;
  hasRetain: boolean;
  packetSize: number;
  aliasMaximum: number;
  hasWildcards: boolean;
  hasIdentifiers: boolean;
  hasShared: boolean;
}

export function limitsOf(list: readonly Property[]): Limits {
  const number = (identifier: number, otherwise: number): number =>
    (valueOf(list, identifier) as number | undefined) ?? otherwise;
  return {
    receiveMaximum: number(ID.receiveMaximum, 65535),
    maximumQos: number(ID.maximumQos, 2),
    hasRetain: number(ID.retainAvailable, 1) === 1,
    packetSize: number(ID.maximumPacketSize, Infinity),
    aliasMaximum: number(ID.aliasMaximum, 0),
    hasWildcards: number(ID.wildcards, 1) === 1,
    hasIdentifiers: number(ID.identifiers, 1) === 1,
    hasShared: number(ID.shared, 1) === 1,
  };
}

export interface Message {
  /** What its payload begins with. */
  serial: string;
  topic: string;
  payload: string;
  qos: number;
  isRetained: boolean;
  /** Those it was published with, in order, but for its expiry; a request's correlation data are the client's to choose. */
  properties: Property[];
  isRequest: boolean;
  /** Did a PUBREC say that nobody subscribes to it? */
  isUnmatched?: boolean;
  /** Is it published in pieces, of which there is one message at a time? */
  isStreamed: boolean;
  /** The second at which it expires. */
  expiry: number;
  isFirst: boolean;
  id: number;
  state: "waiting" | "sent" | "released";
  /** Was it sent on an earlier connection, to a server that has our session? */
  isAgain: boolean;
}

/** What may be said of a message besides what `publish` takes. */
interface More {
  properties?: readonly Property[];
  uptime?: number;
  isRequest?: boolean;
  isStreamed?: boolean;
}

export function messageOf(topic: string, payload: string, flags: number, more: More = {}): Message {
  const { properties = [], uptime = 0, isRequest = false, isStreamed = false } = more;
  const interval = valueOf(properties, ID.expiry) as number | undefined;
  return {
    serial: payload.slice(0, payload.indexOf(" ")),
    topic,
    payload,
    qos: (flags >> 1) & 3,
    isRetained: (flags & 1) === 1,
    properties: properties.filter(([identifier]) => identifier !== ID.expiry),
    isRequest,
    isStreamed,
    expiry: interval === undefined ? Infinity : uptime + interval,
    isFirst: (flags & FIRST) !== 0,
    id: 0,
    state: "waiting",
    isAgain: false,
  };
}

/** Bytes of its packet without an alias. */
function sizeOf({ topic, payload, qos, properties, isRequest, expiry }: Message): number {
  const expiring: Property[] = expiry < Infinity ? [[ID.expiry, 0]] : [];
  const correlation: Property[] = isRequest ? [[ID.correlation, "12"]] : [];
  const field = writeField([...expiring, ...properties, ...correlation]);
  return packetOf(0x30, writeText(topic) + (qos ? "id" : "") + field + payload).length;
}

export interface Outbox {
  limits: Limits;
  /** Seconds that have passed. */
  uptime: number;
  /** Correlation data of requests that were written, by serial. */
  readonly correlations: Map<string, string>;
  readonly messages: readonly Message[];
  /** The message under way by this id. */
  inflight(id: number): Message | undefined;
  isIdInUse(id: number): boolean;
  /** Takes what the client does while it is given a message, up to the result, with the reason codes that may refuse it. */
  publish(message: Message, isOnline: boolean, refusals: readonly number[]): number;
  /** A PUBLISH was written, or a PUBREL that is due from an earlier connection: gives false where none is. */
  wrotePublish(packet: Frame): void;
  wrotePubrel(packet: string): boolean;
  remove(message: Message): void;
  /** A connection that the server accepted, before that is told. */
  accepted(limits: Limits, sessionPresent: boolean): void;
  /** The connection ended. */
  closed(): void;
  /** Messages that have waited too long now. */
  expired(): Message[];
}

/** `unfinished` gives what was written of a packet that is not written whole. */
export function createOutbox(settings: Settings, script: Script, unfinished: () => string): Outbox {
  let messages: Message[] = [];
  let aliases = new Map<number, string>();
  /** The message that is being published, and the result it will have. */
  let candidate: { message: Message; result: number } | undefined;

  const waiting = (): Message[] => messages.filter(({ state, isAgain }) => state === "waiting" || isAgain);
  /** The message that is to be written next. */
  const next = (): Message | undefined => waiting().find(({ state }) => state !== "released");
  /** Those never sent; one that is being written is not among them. */
  const fresh = (): Message[] =>
    messages
      .filter(({ state, isAgain }) => state === "waiting" && !isAgain)
      .filter((message) => !unfinished() || message !== next());
  const remove = (message: Message): void => {
    messages = messages.filter((other) => other !== message);
  };

  /** Why the server will not have it. */
  function refusalsOf(message: Message): number[] {
    const { maximumQos, hasRetain, packetSize } = outbox.limits;
    const own = settings.hasQos2 ? 2 : 1;
    return [
      ...(message.qos > Math.min(maximumQos, own) ? [0x9b] : []),
      ...(message.isRetained && !hasRetain ? [0x9a] : []),
      ...(sizeOf(message) > packetSize ? [0x95] : []),
    ];
  }

  function insert(): void {
    if (!candidate || candidate.result < 0) return;
    const { message, result } = candidate;
    candidate = undefined;
    message.id = result;
    const [before] = fresh();
    if (message.isFirst && before) messages.splice(messages.indexOf(before), 0, message);
    else messages.push(message);
  }

  /** One that is lost because the queue is full: by its policy, and never one that was sent. */
  function dropped(id: number, topic: string): void {
    const { message, result } = candidate ?? script.fail("dropped something though nothing was published");
    const isRefused = result === -0x97 && !script.find("drop 151 ");
    const victim = settings.queuePolicy === "drop-oldest" ? fresh()[0] : fresh().at(-1);
    if (isRefused) {
      if (topic !== message.topic || id > 0 !== message.qos > 0) script.fail(`dropped ${id} ${topic}`);
      return;
    }
    if (!victim || victim.topic !== topic || victim.id !== id)
      script.fail(`dropped ${id} ${topic} instead of ${victim?.serial}`);
    else if (settings.queuePolicy === "drop-newest" && !message.isFirst)
      script.fail("dropped an old message");
    else remove(victim);
  }

  function decode(packet: Frame): { message: Message; list: Property[]; id: number } {
    const { topic, id, field, start } = headOf(packet);
    const alias = valueOf(field.list, ID.alias) as number | undefined;
    if (Number.isNaN(start) || field.faults.length || valueOf(field.list, ID.subscription) !== undefined)
      script.fail(`wrote ${hex(packet.bytes)}`);
    if (alias !== undefined) {
      if (!alias || alias > Math.min(outbox.limits.aliasMaximum, settings.aliases))
        script.fail(`used the topic alias ${alias}`);
      if (topic) aliases.set(alias, topic);
    }
    const name = topic || (alias === undefined ? undefined : aliases.get(alias));
    const payload = packet.bytes.slice(start);
    const message = messages.find(({ serial }) => payload.startsWith(`${serial} `));
    if (!message || message.topic !== name || message.payload !== payload)
      return script.fail(`published ${name} ${payload}`);
    return { message, list: field.list, id };
  }

  function checkProperties(message: Message, list: readonly Property[]): void {
    const expiry = valueOf(list, ID.expiry) as number | undefined;
    const left = message.expiry < Infinity ? Math.max(message.expiry - outbox.uptime, 1) : undefined;
    if (expiry !== left) script.fail(`${message.serial} expires in ${expiry} instead of ${left}`);
    const own = list.filter(([identifier]) => identifier !== ID.alias && identifier !== ID.expiry);
    if (message.isRequest) {
      const [identifier, data] = own.pop() ?? [0, 0];
      if (identifier !== ID.correlation) script.fail(`the request ${message.serial} has no data`);
      outbox.correlations.set(message.serial, data as string);
    }
    if (JSON.stringify(own) !== JSON.stringify(message.properties))
      script.fail(`${message.serial} has the properties ${JSON.stringify(own)}`);
  }

  const outbox: Outbox = {
    limits: limitsOf([]),
    uptime: 0,
    correlations: new Map(),
    get messages() {
      return messages;
    },
    inflight: (id) =>
      messages.find((message) => message.id === id && message.state !== "waiting" && !message.isAgain),
    isIdInUse: (id) => messages.some((message) => message.id === id),
    publish(message, isOnline, refusals) {
      const said = script.find("published ");
      const result = Number(said?.split(" ")[1]);
      const possible = [
        ...refusals,
        ...(isTopicName(message.topic) ? [] : [0x90]),
        ...(isOnline ? refusalsOf(message) : message.qos === 2 && !settings.hasQos2 ? [0x9b] : []),
      ];
      const isDropped = script.find("drop 151 ") !== undefined;
      if (
        possible.length
          ? !possible.includes(-result) && !(isDropped && result === -0x97)
          : result < 0 && !(isDropped && result === -0x97)
      )
        script.fail(`published ${result} where ${possible.join(" or ")} is right`);
      if (result >= 0 && (message.qos ? !result || outbox.isIdInUse(result) : result))
        script.fail(`published ${result} at QoS ${message.qos}`);
      candidate = { message, result };
      for (;;) {
        const line = script.lineOf(script.peek());
        if (line?.startsWith("published ")) {
          script.take();
          break;
        }
        const [, id, topic] = /^drop 151 (\d+) (.*)$/s.exec(line ?? "") ?? [];
        const event = script.take();
        if (!event) script.fail("published without a result");
        else if (topic !== undefined) dropped(Number(id), topic);
        else {
          insert();
          if (!script.takeFree(event)) script.fail(`did ${JSON.stringify(event)} while it published`);
        }
      }
      insert();
      candidate = undefined;
      return result;
    },
    wrotePublish(packet) {
      const { message, list, id } = decode(packet);
      const { first, size } = packet;
      const flags = (message.qos << 1) | Number(message.isRetained) | (message.isAgain ? DUP : 0);
      if (message !== next()) script.fail(`${message.serial} out of turn`);
      if ((first & 15) !== flags || id !== (message.qos ? message.id : 0))
        script.fail(`${message.serial} with flags ${first & 15} and id ${id}`);
      if (size > outbox.limits.packetSize || refusalsOf(message).length)
        script.fail(`${message.serial}, which the server does not take`);
      checkProperties(message, list);
      if (!message.qos) {
        remove(message);
        return;
      }
      message.isAgain = false;
      message.state = "sent";
      const { receiveMaximum } = outbox.limits;
      const under = messages.filter(({ state, isAgain }) => state !== "waiting" && !isAgain).length;
      if (under > Math.min(receiveMaximum, settings.receiveMaximum)) script.fail(`${under} messages at once`);
    },
    wrotePubrel(packet) {
      // In the order of their messages; whether these come in between is nobody's care.
      const released = waiting().find(({ state }) => state === "released");
      if (!released || packet !== bytes(0x62, 2) + writeU16(released.id)) return false;
      released.isAgain = false;
      return true;
    },
    remove,
    accepted(limits, sessionPresent) {
      outbox.limits = limits;
      for (const message of messages) {
        const refusals = message.state === "released" ? [] : refusalsOf(message);
        if (!refusals.length) continue;
        script.demandTold(...refusals.map((code) => `drop ${code} ${message.id} ${message.topic}`));
        remove(message);
      }
      if (sessionPresent) return;
      for (const released of messages.filter(({ state }) => state === "released")) {
        const lines = messages.filter(({ state }) => state === "released").map(({ id }) => `drop 146 ${id} `);
        const line = script.demandTold(...lines);
        remove(messages.find(({ id }) => line === `drop 146 ${id} `) ?? released);
      }
      for (const message of messages) {
        message.state = "waiting";
        message.isAgain = false;
      }
    },
    closed() {
      aliases = new Map();
      const packet = unfinished() ? frame(unfinished()) : undefined;
      if (typeof packet === "object" && packet.first >> 4 === 3) {
        const message = next() ?? script.fail(`was writing ${hex(unfinished())}`);
        if (message.qos) message.state = "sent";
        else {
          script.demandTold(`drop 195 0 ${message.topic}`);
          remove(message);
        }
      }
      for (const message of messages) if (message.state !== "waiting") message.isAgain = true;
    },
    expired: () => fresh().filter(({ expiry }) => expiry <= outbox.uptime),
  };
  return outbox;
}
