/** One stream at 5.0: a conversation made of numbers, that a referee watches. */
import type * as Ristretto from "../../../src/index.ts";
import { bytes, packetOf, writeU16 } from "../frame.ts";
import { mutate } from "../mutations.ts";
import type { Event } from "../referee.ts";
import type { Step } from "../stream.ts";
import { createDice } from "./dice.ts";
import type { Dice } from "./dice.ts";
import { messageOf } from "./outbox.ts";
import { authOf, connackOf, packetFrom, TOPICS } from "./packets.ts";
import { ID, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import { createReferee } from "./referee.ts";
import { METHOD } from "./rules.ts";
import { ANSWERS, createStage } from "./stage.ts";
import type { Act, Asked, Settings } from "./stage.ts";

export interface Played {
  settings: Settings;
  acts: Act[];
  /** What the client did, one line each; what it wrote in a row at one act is one. */
  events: string[];
}

/** The most that a client on a stage may hold, in characters and items of all its fields. */
const HELD = 12000;
const FIRST = 16;
/** Requests that may wait. */
const REQUESTS = 16;

const FILTERS = ["a", "a/+", "#", "+/b", "$SYS/#", "\xc3\xbc/+", "b", "/#", "$share/g/a", "$share/g/+"];

export function settingsOf(dice: Dice): Settings {
  const capacity = dice.isRare(5) ? 200 : Infinity;
  return {
    clean: dice.isRare(2),
    hasQos2: !dice.isRare(3),
    hasPieces: dice.isRare(2),
    hasRequests: dice.isRare(3),
    hasAuthentication: dice.isRare(4),
    hasStreaming: dice.isRare(3),
    aliases: dice.isRare(2) ? dice.pick([1, 2, 5]) : 0,
    keepalive: dice.pick([0, 5, 5, 60]),
    maximumPacketSize: 300,
    receiveMaximum: dice.pick([1, 2, 3, 1000]),
    ownReceiveMaximum: dice.pick([0, 0, 1, 2, 3, 40]),
    queueLimit: 8,
    queueBytes: 800,
    queuePolicy: dice.isRare(2) ? "drop-newest" : "drop-oldest",
    capacity,
  };
}

function subscriptionOf(dice: Dice, { hasQos2, hasPieces }: Settings, isWith: boolean): Asked {
  const topicFilter = dice.pick(FILTERS);
  const asked: Asked = {
    topicFilter,
    qos: dice.roll(hasQos2 ? 3 : 2),
    takes: dice.pick(["", "whole", "whole", hasPieces ? "pieces" : "whole"]),
  };
  if (!isWith) return asked;
  return {
    ...asked,
    noLocal: !topicFilter.startsWith("$share/") && dice.isRare(2),
    retainAsPublished: dice.isRare(2),
    retainHandling: dice.roll(3),
    ...(dice.isRare(2) ? { subscriptionIdentifier: dice.pick([1, 2, 3, 128]) } : {}),
    ...(dice.isRare(4) ? { user: dice.pick(["me", "you".repeat(15)]) } : {}),
  };
}

/** Properties of a message of the program's. */
function propertiesOf(dice: Dice): Property[] {
  const possible: Property[] = [
    [ID.payloadFormat, dice.roll(2)],
    [ID.expiry, dice.pick([1, 2, 5, 60, 0xffff0000])],
    [ID.contentType, dice.pick(["", "json", "x".repeat(130)])],
    [ID.responseTopic, "to/me"],
    [ID.correlation, "\0\xff"],
    [ID.user, ["a", "1"]],
    [ID.user, ["a", "2"]],
    [ID.user, ["b", ""]],
  ];
  return possible.filter(() => dice.isRare(3));
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

/** A client on its stage before a referee, with the calls of its program and the packets of its server. */
function createTheatre(module: typeof Ristretto, settings: Settings) {
  const stage = createStage(module, settings);
  const referee = createReferee(settings, stage.unfinished);
  const played: Played = { settings, acts: [], events: [] };
  let serial = 0;

  const perform = (act: Act): Event[] => {
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

  /** Gives how much that made the client do; a link that is closed does not drain. */
  const drain = (): number => {
    if (!stage.isOpen()) return 0;
    const events = perform(["drain"]);
    referee.drained(events);
    return events.length;
  };

  /** What is half written is written first: what is said meanwhile waits for it. */
  const finish = (): void => {
    while (stage.isOpen() && stage.unfinished()) drain();
  };

  /** Sends in pieces of a size. */
  const receive = (text: string, size: number): void => {
    finish();
    for (let at = 0; at < text.length && stage.isOpen(); at += size) {
      const piece = text.slice(at, at + size);
      referee.receive(piece, perform(["data", piece]));
      if (referee.isOver === stage.isOpen())
        throw new Error(`the link is ${stage.isOpen() ? "open" : "closed"}`);
    }
  };

  const publish = (act: Act, message: ReturnType<typeof messageOf>, refusals: number[] = []): number =>
    referee.published(message, refusals, perform(act));

  /** A payload by which the message is known again. */
  const payloadOf = (size: number): string => `p${++serial} ${"y".repeat(size)}`;

  return { stage, referee, played, perform, drain, finish, receive, publish, payloadOf };
}

type Theatre = ReturnType<typeof createTheatre>;

function publishSomething({ publish, payloadOf, referee }: Theatre, dice: Dice, settings: Settings): void {
  const topic = dice.pick([...TOPICS, "to/you", dice.isRare(10) ? "a/+" : "a"]);
  const first = dice.isRare(5) ? FIRST : 0;
  const flags = dice.pick(settings.hasQos2 ? [0, 2, 4] : [0, 2]) | dice.roll(2);
  const { uptime, messages } = referee.outbox;
  if (settings.hasStreaming && dice.isRare(4)) {
    const payload = payloadOf(dice.pick([0, 50, 300, 1500]));
    const isBusy = messages.some(({ isStreamed, state }) => isStreamed && state !== "released");
    const message = messageOf(topic, payload, flags, { isStreamed: true });
    publish(["publishPieces", topic, payload, flags], message, isBusy ? [0x97] : []);
    return;
  }
  const payload = payloadOf(dice.pick([0, 1, 20, 60, 100, 120]));
  const all = flags | first;
  if (dice.isRare(2)) {
    publish(["publish", topic, payload, all], messageOf(topic, payload, all));
    return;
  }
  const properties = propertiesOf(dice);
  const message = messageOf(topic, payload, all, { properties, uptime });
  publish(["publishWith", topic, payload, all, properties], message);
}

function ask({ publish, payloadOf, referee }: Theatre, dice: Dice): void {
  const { requests } = referee.inbox;
  const payload = payloadOf(dice.pick([0, 10]));
  const seconds = 1 + dice.roll(20);
  const topic = dice.pick(["lamp/get", "a"]);
  const properties: Property[] = [[ID.responseTopic, ANSWERS]];
  const message = messageOf(topic, payload, 0, { properties, isRequest: true });
  const isFull = requests.size >= REQUESTS;
  const result = publish(["request", topic, payload, seconds], message, isFull ? [0x97] : []);
  if (result >= 0) requests.set(message.serial, seconds);
}

function subscribe({ perform, referee }: Theatre, dice: Dice, settings: Settings): void {
  const isWith = !dice.isRare(4);
  const list = Array.from({ length: 1 + dice.roll(3) }, () => subscriptionOf(dice, settings, isWith));
  // One filter twice in a list would be the program's to answer for.
  const unique = list.filter(
    ({ topicFilter }, index) => list.findIndex((other) => other.topicFilter === topicFilter) === index,
  );
  referee.subscribed(unique, perform([isWith ? "subscribeWith" : "subscribe", unique]));
}

function call(theatre: Theatre, dice: Dice, settings: Settings): void {
  const { perform, referee, drain, finish } = theatre;
  const choice = dice.roll(20);
  if (choice > 8) finish();
  if (choice < 9) publishSomething(theatre, dice, settings);
  else if (choice < 12) subscribe(theatre, dice, settings);
  else if (choice < 13) {
    const filters = [dice.pick(FILTERS)];
    referee.unsubscribed(filters, perform(["unsubscribe", filters]));
  } else if (choice < 16)
    for (let seconds = 1 + dice.roll(7); seconds; seconds--) referee.ticked(perform(["tick"]));
  else if (choice < 18) drain();
  else if (settings.hasRequests) ask(theatre, dice);
  else if (settings.hasAuthentication && !referee.isAuthenticating)
    referee.reauthenticated(perform(["reauthenticate"]));
}

/** The connection ends, by the line or by the program. */
function leave({ perform, referee }: Theatre, dice: Dice): void {
  if (!dice.isRare(3)) {
    referee.closed(perform(["end"]));
    return;
  }
  if (dice.isRare(2)) {
    referee.disconnected(perform(["disconnect"]));
    return;
  }
  const list: Property[] = [];
  if (dice.isRare(2)) list.push([ID.reason, dice.pick(["bye", "good night ".repeat(9)])]);
  if (dice.isRare(3)) list.push([ID.sessionExpiry, dice.pick([0, 60])]);
  const code = dice.pick([0, 4]);
  referee.disconnectedWith(code, list, perform(["disconnectWith", code, list]));
}

function open({ perform, referee }: Theatre): void {
  // In the second of an end the next attempt would wait for the next one.
  referee.ticked(perform(["tick"]));
  referee.opening(perform(["connect"]));
  referee.opened(perform(["establish"]));
}

/** A new connection, with any CONNACK. */
function connect(theatre: Theatre, dice: Dice, settings: Settings): void {
  open(theatre);
  for (let steps = settings.hasAuthentication ? dice.roll(3) : 0; steps; steps--)
    theatre.receive(authOf(dice, false), 100);
  const connack = connackOf(dice, settings);
  const sent = dice.isRare(37) ? mutate(connack, dice.roll(65536), dice.roll(65536)) : connack;
  theatre.receive(sent, dice.isRare(2) ? 1000 : 1 + dice.roll(9));
}

/** Answers all that is under way as a server should, until nothing is. */
function answerAll({ referee, receive, drain, stage }: Theatre): void {
  for (let round = 0; round < 100; round++) {
    const count = drain();
    const under = referee.outbox.messages.filter(({ state, isAgain }) => state !== "waiting" && !isAgain);
    const { asked } = referee.wishes;
    if (!count && !under.length && !asked && !stage.unfinished()) return;
    for (const { id, qos, state } of under) {
      if (qos === 2 && state === "sent") receive(packetOf(0x50, writeU16(id)), 4);
      receive(packetOf(qos === 2 ? 0x70 : 0x40, writeU16(id)), 4);
    }
    if (asked)
      receive(
        packetOf(
          asked.cmd === "subscribe" ? 0x90 : 0xb0,
          `${writeU16(asked.id)}\0${"\0".repeat(asked.count)}`,
        ),
        100,
      );
  }
}

/** After all that, a server that does as it should gets everything, and a client with an empty queue has room in it. */
function settle(theatre: Theatre, settings: Settings, isPresent: boolean): void {
  const { stage, referee, perform, publish, payloadOf, played } = theatre;
  if (stage.isOpen()) referee.closed(perform(["end"]));
  open(theatre);
  const field = writeField(settings.hasAuthentication ? [[ID.method, METHOD]] : []);
  theatre.receive(
    packetOf(0x20, bytes(Number(isPresent && !settings.clean && !referee.hasExpired), 0) + field),
    100,
  );
  answerAll(theatre);
  referee.settled();
  const told = played.events.length;
  for (let count = 0; count < settings.queueLimit; count++) {
    const payload = payloadOf(56);
    publish(["publish", "settled", payload, 2], messageOf("settled", payload, 2));
  }
  answerAll(theatre);
  referee.settled();
  const { length } = played.events.slice(told).filter((event) => event.startsWith("told acknowledge "));
  if (length !== settings.queueLimit)
    throw new Error(`no room: ${length} of ${settings.queueLimit} messages`);
}

/**
 * Plays a stream; throws where the client does what it must not. When it `ends`, a server that answers everything follows, and
 * nothing may be left.
 */
export function play(module: typeof Ristretto, first: Step, steps: readonly Step[], ends = true): Played {
  const settings = settingsOf(createDice(...first));
  const theatre = createTheatre(module, settings);
  const { stage, referee, receive, played } = theatre;
  let held = "";
  for (const step of steps) {
    const dice = createDice(...step);
    if (!stage.isOpen()) {
      held = "";
      // Something is published and subscribed to before, too.
      if (dice.isRare(4)) call(theatre, dice, settings);
      else connect(theatre, dice, settings);
    } else if (!dice.isRare(3)) {
      const right = packetFrom(dice, settings, referee);
      const text = held + (dice.isRare(27) ? mutate(right, dice.roll(65536), dice.roll(65536)) : right);
      const isHeld = dice.isRare(4) && held.length < 2000;
      held = isHeld ? text : "";
      if (!isHeld) receive(text, dice.isRare(4) ? 1 + dice.roll(40) : text.length || 1);
    } else if (!dice.isRare(12)) call(theatre, dice, settings);
    else leave(theatre, dice);
  }
  if (ends) settle(theatre, settings, steps.length % 2 === 1);
  return played;
}
