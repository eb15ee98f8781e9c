/** What a server of 5.0 sends: right, or nearly so. */
import { bytes, packetOf, writeText, writeU16 } from "../frame.ts";
import { noise } from "../mutations.ts";
import type { Dice } from "./dice.ts";
import { ID, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import type { Referee } from "./referee.ts";
import { CODES, METHOD } from "./rules.ts";
import { ANSWERS, QUESTION } from "./stage.ts";
import type { Settings } from "./stage.ts";

export const TOPICS = ["a", "a/b", "b", "$SYS/a", "\xc3\xbc/1", "/", "a//b", "long/".repeat(20)];
const WRONG_TOPICS = ["", "+", "a/#", "a\0", "\xff", "\xed\xa0\x80", "t".repeat(400)];
const TEXTS = ["", "text", "\xc3\xbc", "x".repeat(130), "\xef\xbb\xbf"];
const WRONG_TEXTS = ["a\0", "\xff", "\xc0\x80", "\xed\xa0\x80"];
const SIZES = [
  0, 1, 5, 60, 100, 110, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 200, 250, 270, 280, 285,
];
const LARGE_SIZES = [290, 291, 295, 300, 310, 700, 3000];

const text = (dice: Dice): string => dice.pick(dice.isRare(40) ? WRONG_TEXTS : TEXTS);

/** A property of any packet, with a value that is most often one it may have. */
function propertyOf(identifier: number, dice: Dice): Property {
  const numbers: Record<number, number[]> = {
    [ID.payloadFormat]: [0, 1, 1, 0, 0, 1, 2],
    [ID.expiry]: [0, 1, 60, 0xffffffff],
    [ID.subscription]: [1, 1, 2, 2, 3, 127, 128, 268435455, dice.isRare(5) ? 0 : 2],
    [ID.sessionExpiry]: [0, 1, 0xffffffff],
    [ID.serverKeepAlive]: [0, 3, 60, 65535],
    [ID.receiveMaximum]: [1, 1, 2, 3, 65535, dice.isRare(5) ? 0 : 2],
    [ID.aliasMaximum]: [0, 1, 2, 8, 65535],
    [ID.alias]: [1, 1, 1, 2, 2, 3, dice.isRare(5) ? 0 : 2, dice.isRare(5) ? 65535 : 1],
    [ID.maximumPacketSize]: [24, 40, 60, 100, 300, 0xffffffff, dice.isRare(5) ? 0 : 100],
  };
  const isFlag = identifier >= ID.maximumQos && identifier <= ID.shared;
  if (identifier === ID.user) return [identifier, [dice.pick(["a", "b", text(dice)]), text(dice)]];
  if (numbers[identifier]) return [identifier, dice.pick(numbers[identifier])];
  if (isFlag) return [identifier, dice.isRare(30) ? 2 : dice.roll(2)];
  if (identifier === ID.correlation || identifier === ID.data)
    return [identifier, dice.pick(["", "abc", "\0\xff\x80"])];
  if (identifier === ID.responseTopic) return [identifier, dice.pick([...TOPICS, "+", "", text(dice)])];
  return [identifier, text(dice)];
}

/** Some properties of a packet, in any order, user properties often more than once; now and then one too many. */
function listOf(allowed: readonly number[], dice: Dice): Property[] {
  const list = allowed.filter(() => dice.isRare(5)).map((identifier) => propertyOf(identifier, dice));
  while (dice.isRare(3)) list.splice(dice.roll(list.length + 1), 0, propertyOf(ID.user, dice));
  if (dice.isRare(60)) list.push(propertyOf(dice.pick(Object.values(ID)), dice));
  if (list[0] && dice.isRare(60)) list.push(list[0]);
  return list;
}

/** One of the codes that a packet may have, and any other now and then. */
const codeOf = (codes: readonly number[], dice: Dice): number =>
  dice.isRare(25) ? dice.roll(256) : dice.isRare(2) ? codes[0]! : dice.pick(codes);

export function connackOf(dice: Dice, settings: Settings): string {
  const isPresent = settings.clean ? dice.isRare(40) : dice.isRare(2);
  const code = dice.isRare(12) ? codeOf(CODES.connack, dice) : 0;
  if (dice.isRare(50)) return packetOf(0x20, bytes(Number(isPresent), dice.roll(8)));
  const allowed: number[] = Object.values(ID).filter(
    (id) => id >= ID.sessionExpiry && id !== ID.alias && id !== ID.user,
  );
  const list = dice.isRare(3)
    ? []
    : listOf(
        allowed.filter((id) => id !== ID.method && id !== ID.data),
        dice,
      );
  if (settings.hasAuthentication && !dice.isRare(15))
    list.push([ID.method, dice.isRare(30) ? "OTHER" : METHOD], [ID.data, "done"]);
  else if (dice.isRare(40)) list.push([ID.method, METHOD]);
  const flags = dice.isRare(60) ? dice.roll(256) : Number(isPresent && !code);
  return packetOf(0x20, bytes(flags, code) + writeField(list));
}

/** A message from the server. */
function publishOf(dice: Dice, settings: Settings, referee: Referee): string {
  const list = listOf([ID.payloadFormat, ID.expiry, ID.contentType, ID.responseTopic, ID.correlation], dice);
  while (dice.isRare(3)) list.push(propertyOf(ID.subscription, dice));
  let topic = dice.isRare(40) ? dice.pick(WRONG_TOPICS) : dice.pick(TOPICS);
  if (settings.hasRequests && dice.isRare(4)) topic = dice.isRare(2) ? ANSWERS : QUESTION;
  const [serial] = referee.inbox.requests.keys();
  const data = referee.outbox.correlations.get(serial ?? "");
  if (topic === ANSWERS && data !== undefined && !list.some(([id]) => id === ID.correlation))
    list.push([ID.correlation, data]);
  if (dice.isRare(settings.aliases ? 2 : 50)) {
    const alias = propertyOf(ID.alias, dice);
    list.push(alias);
    if (referee.inbox.aliases.has(alias[1] as number) ? dice.isRare(2) : dice.isRare(30)) topic = "";
  }
  const qos = dice.isRare(80)
    ? 3
    : dice.pick(settings.hasQos2 ? [0, 0, 1, 2, 2] : [0, 0, 1, dice.isRare(40) ? 2 : 1]);
  const dup = dice.isRare(qos ? 7 : 80) ? 8 : 0;
  const id = qos ? writeU16(dice.isRare(60) ? 0 : dice.roll(5) + 1) : "";
  const isLarge = dice.isRare(settings.hasPieces ? 3 : 40);
  const payload = "x".repeat(dice.pick(isLarge ? LARGE_SIZES : SIZES));
  const head =
    writeText(topic) + id + writeField(dice.isRare(3) ? list.filter(([of]) => of === ID.alias) : list);
  // Most often it is to fit.
  const room = settings.maximumPacketSize - 4 - head.length;
  const fits = !isLarge && !dice.isRare(20) ? payload.slice(0, Math.max(room, 0)) : payload;
  return packetOf(0x30 | (qos << 1) | dup | dice.roll(2), head + fits);
}

/** An acknowledgement's body behind its packet id: nothing, a reason code, or both that and properties. */
function endOfAcknowledgement(codes: readonly number[], dice: Dice): string {
  const code = codeOf(codes, dice);
  if (!code && dice.isRare(2)) return "";
  return bytes(code) + (dice.isRare(2) ? "" : writeField(listOf([ID.reason], dice)));
}

/** The acknowledgement of something, most often of what is under way. */
function acknowledgementOf(dice: Dice, { outbox }: Referee): string {
  const under = outbox.messages.filter(({ state, isAgain }) => state !== "waiting" && !isAgain);
  const message = under.length && !dice.isRare(11) ? dice.pick(under) : undefined;
  const right = message?.qos === 1 ? 0x40 : dice.pick([0x50, 0x50, 0x70]);
  const type = !message || dice.isRare(23) ? dice.pick([0x40, 0x50, 0x62, 0x70]) : right;
  const codes = type === 0x40 || type === 0x50 ? CODES.received : CODES.released;
  const flags = dice.isRare(70) ? 1 : 0;
  return packetOf(type | flags, writeU16(message?.id ?? dice.roll(8)) + endOfAcknowledgement(codes, dice));
}

function pubrelOf(dice: Dice, { inbox }: Referee): string {
  const known = [...inbox.received];
  const id = known.length && !dice.isRare(9) ? dice.pick(known) : dice.roll(8);
  return packetOf(0x62, writeU16(id) + endOfAcknowledgement(CODES.released, dice));
}

/** SUBACK or UNSUBACK, or PINGRESP where nothing is asked. */
function answerOf(dice: Dice, { wishes: { asked } }: Referee): string {
  if (!asked && !dice.isRare(17)) return "\xd0\0";
  const isSuback = (asked?.cmd === "subscribe") !== dice.isRare(37);
  const count = !asked || dice.isRare(31) ? dice.roll(4) : asked.count;
  const id = !asked || dice.isRare(29) ? dice.roll(8) : asked.id;
  const codes = Array.from({ length: count }, () => codeOf(isSuback ? CODES.suback : CODES.unsuback, dice));
  return packetOf(
    isSuback ? 0x90 : 0xb0,
    writeU16(id) + writeField(listOf([ID.reason], dice)) + bytes(...codes),
  );
}

export function authOf(dice: Dice, isOnline: boolean): string {
  const code = dice.isRare(15) ? dice.pick([0, 1, 0x18, 0x19, 0x80]) : isOnline && dice.isRare(2) ? 0 : 0x18;
  const list = listOf([ID.reason], dice);
  if (!dice.isRare(25)) list.unshift([ID.method, dice.isRare(25) ? "OTHER" : METHOD]);
  if (!dice.isRare(3)) list.push([ID.data, dice.isRare(12) ? "no" : dice.pick(["", "step", "\0\xff"])]);
  return packetOf(0xf0, dice.isRare(40) ? "" : bytes(code) + writeField(list));
}

function disconnectOf(dice: Dice): string {
  const code = codeOf(CODES.disconnect, dice);
  if (!code && dice.isRare(2)) return "\xe0\0";
  return packetOf(
    0xe0,
    bytes(code) + (dice.isRare(2) ? "" : writeField(listOf([ID.reason, ID.serverReference], dice))),
  );
}

/** Whatever may come on a connection that stands. */
export function packetFrom(dice: Dice, settings: Settings, referee: Referee): string {
  if (settings.hasAuthentication ? dice.isRare(referee.isAuthenticating ? 3 : 25) : dice.isRare(150))
    return authOf(dice, true);
  if (dice.isRare(40)) return disconnectOf(dice);
  const makers = [
    () => publishOf(dice, settings, referee),
    () => publishOf(dice, settings, referee),
    () => publishOf(dice, settings, referee),
    () => acknowledgementOf(dice, referee),
    () => acknowledgementOf(dice, referee),
    () => pubrelOf(dice, referee),
    () => answerOf(dice, referee),
    () => answerOf(dice, referee),
    () => (dice.isRare(19) ? noise(dice.roll(65536), dice.roll(65536)) : "\xd0\0"),
  ];
  if (!settings.hasQos2 && dice.isRare(2)) return publishOf(dice, settings, referee);
  return dice.pick(
    settings.hasQos2 ? makers : makers.filter((_make, index) => index !== 5 || dice.isRare(20)),
  )();
}
