/** One stream: a conversation made of numbers, that a referee watches. */
import type * as Ristretto from "../../src/index.ts";
import { bytes, packetOf, writeU16 } from "./frame.ts";
import { mutate, noise, pick } from "./mutations.ts";
import { createReferee } from "./referee.ts";
import type { Referee } from "./referee.ts";
import { createStage } from "./stage.ts";
import type { Act, Settings } from "./stage.ts";

/** A step: what happens, and three numbers that say how. */
export type Step = readonly [kind: number, a: number, b: number, c: number];

export interface Played {
  settings: Settings;
  acts: Act[];
  /** What the client did, one line each; what it wrote in a row at one act is one. */
  events: string[];
}

/** The most that a client on a stage may hold, in characters and items of all its fields. */
const HELD = 9000;

const TOPICS = ["a", "a/b", "b", "$SYS/a", "\xc3\xbc/1", "/", "a//b", "long/".repeat(20)];
const WRONG_TOPICS = ["", "+", "a/#", "a\0", "\xff", "\xed\xa0\x80", "t".repeat(400)];
const FILTERS = ["a", "a/+", "#", "+/b", "$SYS/#", "\xc3\xbc/+", "b", "/#", "$share/g/a"];
const SIZES = [0, 1, 5, 60, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 250, 290, 291, 300, 700, 3000];

function settingsOf([kind, a, b, c]: Step): Settings {
  const hasMany = kind % 2 === 0;
  return {
    clean: a % 2 === 0,
    hasQos2: a % 3 !== 0,
    keepalive: b % 4 === 0 ? 0 : 5,
    maximumPacketSize: 300,
    // What the client sends when an acknowledgement comes is not to be foretold where many come at once.
    receiveMaximum: hasMany ? 1000 : 1 + (b % 3),
    queueLimit: 8,
    queueBytes: 800,
    queuePolicy: c % 2 ? "drop-newest" : "drop-oldest",
    capacity: c % 5 ? Infinity : 200,
  };
}

/** A message from the server, right or nearly so. */
function publishOf(a: number, b: number, c: number, { hasQos2 }: Settings): string {
  const topic = a % 41 ? pick(TOPICS, a) : pick(WRONG_TOPICS, b);
  const qos = b % 53 ? pick(hasQos2 ? [0, 0, 1, 2] : [0, 0, 1], b) : 3;
  const dup = c % 7 ? 0 : 8;
  const flags = (qos << 1) | (c & 1) | (qos ? dup : c % 61 ? 0 : 8);
  const id = qos ? writeU16(c % 59 ? (c % 5) + 1 : 0) : "";
  return packetOf(0x30 | flags, writeU16(topic.length) + topic + id + "x".repeat(pick(SIZES, c)));
}

/** The acknowledgement of something, most often of what is under way. */
function ackOf(a: number, b: number, referee: Referee): string {
  const known = [...referee.pending];
  const isWrong = b % 23 === 0;
  const [id, message] = known.length && b % 11 ? pick(known, a) : [b, undefined];
  const type =
    isWrong || !message
      ? pick([0x40, 0x50, 0x62, 0x70], b)
      : message.qos === 1
        ? 0x40
        : pick([0x50, 0x70], b);
  return packetOf(type | (a % 67 ? 0 : 1), writeU16(id));
}

function pubrelOf(a: number, b: number, { received }: Referee): string {
  const known = [...received];
  return packetOf(0x62, writeU16(known.length && b % 9 ? pick(known, a) : b));
}

function answerOf(a: number, b: number, { asked }: Referee): string {
  if (!asked) return b % 17 ? "\xd0\0" : packetOf(pick([0x90, 0xb0], a), writeU16(b));
  const id = writeU16(b % 29 ? asked.id : b);
  const count = a % 31 ? asked.count : a % 4;
  if ((asked.cmd === "unsubscribe") === (a % 37 !== 0)) return packetOf(0xb0, id);
  const codes = Array.from({ length: count }, (_, index) =>
    (b + index) % 43 ? pick([0, 1, 2, 128], a + index) : b & 255,
  );
  return packetOf(0x90, id + bytes(...codes));
}

function serverPacket(
  kind: number,
  a: number,
  b: number,
  c: number,
  settings: Settings,
  referee: Referee,
): string {
  const makers = [
    () => publishOf(a, b, c, settings),
    () => publishOf(a, b, c, settings),
    () => ackOf(a, b, referee),
    () => ackOf(a, b, referee),
    () => pubrelOf(a, b, referee),
    () => answerOf(a, b, referee),
    () => answerOf(a, b, referee),
    () => (c % 19 ? "\xd0\0" : noise(a, b)),
  ];
  return pick(makers, kind)();
}

/** How many characters and items all fields of a record hold, but for its options, link and handlers. */
function heldBy(client: object): number {
  let held = 0;
  const count = (value: unknown): void => {
    if (typeof value === "string") held += value.length;
    else if (Array.isArray(value)) {
      held += value.length;
      value.forEach(count);
    }
  };
  Object.values(client).forEach(count);
  return held;
}

/**
 * Plays a stream; throws where the client does what it must not. When it `ends`, a server that answers everything follows, and
 * nothing may be left.
 */
export function play(module: typeof Ristretto, first: Step, steps: readonly Step[], ends = true): Played {
  const settings = settingsOf(first);
  const stage = createStage(module, settings);
  const { clean, hasQos2, maximumPacketSize: limit } = settings;
  const referee = createReferee({ clean, limit, hasQos2 });
  const played: Played = { settings, acts: [], events: [] };
  const isOneByOne = settings.receiveMaximum < settings.queueLimit;
  let held = "";

  const perform = (act: Act) => {
    played.acts.push(act);
    const events = stage.perform(act);
    let isWriting = false;
    for (const event of events) {
      if ("wrote" in event && isWriting) played.events[played.events.length - 1] += event.wrote;
      else played.events.push("told" in event ? `told ${event.told}` : `wrote ${event.wrote}`);
      isWriting = "wrote" in event;
    }
    if (heldBy(stage.client) > HELD) throw new Error(`the client holds ${heldBy(stage.client)}`);
    return events;
  };

  const receive = (text: string, size: number): void => {
    for (let at = 0; at < text.length && stage.isOpen(); at += size) {
      const piece = text.slice(at, at + size);
      referee.receive(piece, perform(["data", piece]));
      if (referee.isOver === stage.isOpen())
        throw new Error(`the link is ${stage.isOpen() ? "open" : "closed"}`);
    }
  };

  const reconnect = (a: number, b: number): void => {
    held = "";
    referee.watch(perform(["connect"]));
    referee.opened();
    referee.watch(perform(["establish"]));
    const present = clean || a % 2 ? 0 : 1;
    const connack = b % 31 ? `\x20\x02${bytes(present)}\0` : `\x20\x02${bytes(a % 3)}${bytes(b % 7)}`;
    receive(b % 37 ? connack : mutate(connack, a, b), 1 + (a % 5));
  };

  const callOf = (a: number, b: number, c: number): void => {
    const filters = [pick(FILTERS, a), pick(FILTERS, b)].slice(0, 1 + (c % 2));
    const calls = [
      (): void =>
        referee.watch(perform(["publish", pick(TOPICS, a), "y".repeat(pick(SIZES, b) % 130), flags])),
      (): void => {
        referee.subscribed(filters, c % 3 > 0);
        const list = filters.map((filter): [string, number, boolean] => [
          filter,
          b % (hasQos2 ? 3 : 2),
          c % 3 > 0,
        ]);
        referee.watch(perform(["subscribe", list]));
      },
      (): void => {
        referee.unsubscribed(filters);
        referee.watch(perform(["unsubscribe", filters]));
      },
      (): void => referee.watch(perform(["tick", 1 + (a % 7)])),
      (): void => referee.watch(perform(["drain"])),
    ];
    // RETAIN, QoS, FIRST.
    const flags = (a & 1) | pick<number>(hasQos2 ? [0, 2, 4] : [0, 2], c) | (b % 5 ? 0 : 16);
    pick([calls[0]!, calls[0]!, calls[0]!, ...calls], c)();
  };

  const leave = (a: number): void => {
    if (a % 3) {
      perform(["end"]);
      referee.closed();
      return;
    }
    referee.disconnected();
    referee.watch(perform(["disconnect"]));
  };

  /** Answers all that is under way as a server should, until nothing is. */
  const answerAll = (): void => {
    for (let round = 0; round < 100; round++) {
      const drained = perform(["drain"]);
      referee.watch(drained);
      if (!drained.length && !referee.pending.size && !referee.asked) return;
      for (const [id, { qos }] of [...referee.pending]) {
        if (qos === 2) receive(packetOf(0x50, writeU16(id)), 4);
        receive(packetOf(qos === 2 ? 0x70 : 0x40, writeU16(id)), 4);
      }
      const { asked } = referee;
      if (asked) {
        const codes = asked.cmd === "subscribe" ? "\0".repeat(asked.count) : "";
        receive(packetOf(codes ? 0x90 : 0xb0, writeU16(asked.id) + codes), 100);
      }
    }
  };

  /** After all that, a server that does as it should gets everything, and a client with an empty queue has room in it. */
  const settle = (): void => {
    if (stage.isOpen()) leave(1);
    reconnect(clean ? 0 : 1 - (steps.length % 2), 1);
    answerAll();
    referee.settled();
    const told = played.events.length;
    for (let count = 0; count < settings.queueLimit; count++)
      referee.watch(perform(["publish", "settled", "z".repeat(60), 2]));
    answerAll();
    referee.settled();
    const acknowledged = played.events.slice(told).filter((event) => event.startsWith("told acknowledge "));
    if (acknowledged.length !== settings.queueLimit)
      throw new Error(`no room: ${acknowledged.length} of 8 messages`);
  };

  for (const [kind, a, b, c] of steps) {
    if (!stage.isOpen()) {
      reconnect(a, b);
      continue;
    }
    const choice = kind % 32;
    if (choice < 20) {
      const right = serverPacket(choice, a, b, c, settings, referee);
      const text = held + (kind % 27 ? right : mutate(right, a, b));
      const isHeld = !isOneByOne && c % 3 === 0 && held.length < 2000;
      held = isHeld ? text : "";
      if (!isHeld) receive(text, a % 4 ? text.length || 1 : 1 + (b % 40));
    } else if (choice < 31) callOf(a, b, c);
    else leave(a);
  }
  if (ends) settle();
  return played;
}
