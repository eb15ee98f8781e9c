/** What the program wants to hear, and how far the server knows: so a referee sees it. */
import { hex, packetOf, u16, writeText, writeU16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { matches } from "../topics.ts";
import type { Limits } from "./outbox.ts";
import { ID, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import type { Script } from "./script.ts";
import type { Asked } from "./stage.ts";

interface Wish {
  cmd: "subscribe" | "unsubscribe";
  state: "wanted" | "asked" | "granted" | "refused";
  asked: Asked;
}

export interface Wishes {
  /** The request under way. */
  readonly asked: { id: number; cmd: "subscribe" | "unsubscribe"; count: number } | undefined;
  subscribe(list: readonly Asked[]): void;
  unsubscribe(topicFilters: readonly string[]): void;
  /** Does the program want something that the server was not asked for? */
  readonly isOpen: boolean;
  wrote(packet: Frame, limits: Limits): void;
  /** A line that tells what is not asked for, because the server lacks it. */
  refused(line: string, limits: Limits): boolean;
  answered(codes: readonly number[]): void;
  accepted(sessionPresent: boolean): void;
  closed(): void;
  /** The subscriptions that take a message, in order. */
  takersOf(topic: string, list: readonly Property[], takes: "whole" | "pieces"): string[];
}

/** What SUBSCRIBE says of it besides filter and options. */
function propertiesOf({ subscriptionIdentifier, user }: Asked): Property[] {
  const list: Property[] = [];
  if (subscriptionIdentifier !== undefined) list.push([ID.subscription, subscriptionIdentifier]);
  if (user) list.push([ID.user, ["who", user]]);
  return list;
}

const optionsOf = (asked: Asked): number =>
  asked.qos |
  (asked.noLocal ? 4 : 0) |
  (asked.retainAsPublished ? 8 : 0) |
  ((asked.retainHandling ?? 0) << 4);

/** The reason codes for which a server is not asked for it. */
function refusalsOf(asked: Asked, limits: Limits): number[] {
  const { topicFilter } = asked;
  const body = writeU16(1) + writeField(propertiesOf(asked)) + writeText(topicFilter) + "\0";
  return [
    ...(/[+#]/.test(topicFilter) && !limits.hasWildcards ? [0xa2] : []),
    ...(topicFilter.startsWith("$share/") && !limits.hasShared ? [0x9e] : []),
    ...(asked.subscriptionIdentifier !== undefined && !limits.hasIdentifiers ? [0xa1] : []),
    ...(packetOf(0x82, body).length > limits.packetSize ? [0x95] : []),
  ];
}

export function createWishes(script: Script): Wishes {
  const wishes = new Map<string, Wish>();
  let asked: Wishes["asked"];
  let askedFilters: string[] = [];

  const isWanted = (filter: string, cmd: Wish["cmd"]): Wish | undefined => {
    const wish = wishes.get(filter);
    return wish?.cmd === cmd && wish.state === "wanted" ? wish : undefined;
  };

  /** The filters of a request, each with what follows it. */
  function entriesOf(text: string, width: number): Array<[filter: string, options: number]> {
    const entries: Array<[string, number]> = [];
    for (let at = 0; at < text.length;) {
      const end = at + 2 + u16(text, at);
      entries.push([text.slice(at + 2, end), width ? text.charCodeAt(end) : 0]);
      at = end + width;
    }
    return entries;
  }

  function checkSubscribe(filter: string, options: number, field: string, limits: Limits): void {
    const wish = isWanted(filter, "subscribe");
    if (!wish) return void script.fail(`asked for ${filter}, which nobody wants`);
    if (options !== optionsOf(wish.asked)) script.fail(`asked for ${filter} with the options ${options}`);
    if (field !== writeField(propertiesOf(wish.asked)))
      script.fail(`asked for ${filter} with the properties ${hex(field)}`);
    const refusals = refusalsOf(wish.asked, limits);
    if (refusals.length) script.fail(`asked for ${filter}, which the server lacks: ${refusals.join(", ")}`);
    wish.state = "asked";
  }

  return {
    get asked() {
      return asked;
    },
    subscribe(list) {
      for (const one of list) {
        wishes.delete(one.topicFilter);
        wishes.set(one.topicFilter, { cmd: "subscribe", state: "wanted", asked: one });
      }
    },
    unsubscribe(topicFilters) {
      for (const topicFilter of topicFilters) {
        wishes.delete(topicFilter);
        const none: Asked = { topicFilter, qos: 0, takes: "" };
        wishes.set(topicFilter, { cmd: "unsubscribe", state: "wanted", asked: none });
      }
    },
    get isOpen() {
      return [...wishes.values()].some(({ state }) => state === "wanted" || state === "asked");
    },
    wrote({ bytes, first, header }, limits) {
      const cmd = first === 0x82 ? "subscribe" : "unsubscribe";
      const id = u16(bytes, header);
      const fieldSize = bytes.charCodeAt(header + 2) + 1;
      const field = bytes.slice(header + 2, header + 2 + fieldSize);
      const entries = entriesOf(bytes.slice(header + 2 + fieldSize), cmd === "subscribe" ? 1 : 0);
      if (asked || !id || !entries.length) script.fail(`${cmd} with ${id} while ${asked?.id} is under way`);
      for (const [filter, options] of entries) {
        if (cmd === "subscribe") checkSubscribe(filter, options, field, limits);
        else {
          const wish = isWanted(filter, cmd) ?? script.fail(`unsubscribed from ${filter} for nobody`);
          wish.state = "asked";
        }
      }
      asked = { id, cmd, count: entries.length };
      askedFilters = entries.map(([filter]) => filter);
    },
    refused(line, limits) {
      const [, cmd, filter = "", code] = /^(subscribe|unsubscribe) (.*) (\d+)$/s.exec(line) ?? [];
      if (cmd === "unsubscribe") {
        // No packet that the server takes has room for it: the client forgets it.
        const body = `${writeU16(1)}\0${writeText(filter)}`;
        if (!isWanted(filter, cmd) || code !== "149" || packetOf(0xa2, body).length <= limits.packetSize)
          return false;
        wishes.delete(filter);
        return true;
      }
      const wish = isWanted(filter, "subscribe");
      if (!wish || !refusalsOf(wish.asked, limits).includes(Number(code))) return false;
      wish.state = "refused";
      return true;
    },
    answered(codes) {
      const { cmd } = asked!;
      asked = undefined;
      askedFilters.forEach((filter, index) => {
        const wish = wishes.get(filter);
        if (wish?.state !== "asked") return;
        if (cmd === "unsubscribe") wishes.delete(filter);
        else wish.state = codes[index]! > 2 ? "refused" : "granted";
      });
      askedFilters.forEach((filter, index) => script.demandTold(`${cmd} ${filter} ${codes[index]!}`));
    },
    accepted(sessionPresent) {
      for (const [filter, wish] of wishes) {
        if (wish.cmd === "unsubscribe" && !sessionPresent) wishes.delete(filter);
        else if (!sessionPresent || wish.state !== "granted") wish.state = "wanted";
      }
    },
    closed() {
      asked = undefined;
    },
    takersOf(topic, list, takes) {
      const named = list.filter(([identifier]) => identifier === ID.subscription).map(([, value]) => value);
      return [...wishes.values()]
        .filter(({ asked: { topicFilter, subscriptionIdentifier, takes: how } }) => {
          if (how !== takes) return false;
          const isNamed = named.length > 0 && subscriptionIdentifier !== undefined;
          return isNamed ? named.includes(subscriptionIdentifier) : matches(topicFilter, topic);
        })
        .map(({ asked: { topicFilter } }) => topicFilter);
    },
  };
}
