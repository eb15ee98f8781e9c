/**
 * Watches a conversation of a client of MQTT 5.0 from outside and says what is wrong with the client in it. It knows the
 * standard, what the client promises beyond it, and nothing of how the client is made.
 */
import { generate } from "mqtt-packet";
import { bytes, codesOf, frame, hex, packetOf, u16, writeU16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import type { Event } from "../referee.ts";
import { createInbox } from "./inbox.ts";
import type { Inbox } from "./inbox.ts";
import { createOutbox, limitsOf } from "./outbox.ts";
import type { Message, Outbox } from "./outbox.ts";
import { FROM, ID, readField, valueOf, writeField } from "./properties.ts";
import type { Property } from "./properties.ts";
import { judge, TYPE } from "./rules.ts";
import type { Expected, Verdict } from "./rules.ts";
import { createScript } from "./script.ts";
import { ANSWERS } from "./stage.ts";
import type { Asked, Settings } from "./stage.ts";
import { authField, connectOf, OWN_RECEIVE_MAXIMUM, parse, tailOf } from "./wire.ts";
import { createWishes } from "./wishes.ts";
import type { Wishes } from "./wishes.ts";

export interface Referee {
  /** A connection is opened, stands, and was cut. */
  opening(events: readonly Event[]): void;
  opened(events: readonly Event[]): void;
  closed(events: readonly Event[]): void;
  /** The program did this, and the client all of that. */
  subscribed(list: readonly Asked[], events: readonly Event[]): void;
  unsubscribed(topicFilters: readonly string[], events: readonly Event[]): void;
  published(message: Message, refusals: readonly number[], events: readonly Event[]): number;
  disconnected(events: readonly Event[]): void;
  disconnectedWith(code: number, list: readonly Property[], events: readonly Event[]): void;
  reauthenticated(events: readonly Event[]): void;
  /** A second passed, or the link drained. */
  ticked(events: readonly Event[]): void;
  drained(events: readonly Event[]): void;
  /** The server sends these bytes, and the client did all of this. Throws when it was not what it must do. */
  receive(sent: string, events: readonly Event[]): void;
  /** Throws when something is left that a server which answers everything has not been asked for. */
  settled(): void;
  readonly isOver: boolean;
  readonly isOnline: boolean;
  readonly outbox: Outbox;
  readonly wishes: Wishes;
  readonly inbox: Inbox;
  readonly isAuthenticating: boolean;
  /** Did the session of the connection before end with it? */
  readonly hasExpired: boolean;
}

/** `unfinished` gives what was written of a packet that is not written whole. */
export function createReferee(settings: Settings, unfinished: () => string): Referee {
  const script = createScript(() => unfinished() !== "");
  const outbox = createOutbox(settings, script, unfinished);
  const wishes = createWishes(script);
  const inbox = createInbox(settings, script, outbox, wishes);
  const { received, requests } = inbox;
  let stream = "";
  let isConnecting = false;
  let isOver = true;
  let isOnline = false;
  let isAuthenticating = false;
  let hasExpired = false;
  let hadReceived = false;
  /** Is a large message under way whose beginning was taken? */
  let isTaken = false;

  if (settings.hasRequests) wishes.subscribe([{ topicFilter: ANSWERS, qos: 1, takes: "whole" }]);

  const expected = (): Expected => ({
    ...settings,
    isConnecting,
    isAuthenticating,
    hasExpired,
    limit: settings.maximumPacketSize,
    aliasMaximum: settings.aliases,
    aliases: inbox.aliases,
    receiveMaximum: settings.ownReceiveMaximum || OWN_RECEIVE_MAXIMUM,
    received,
    receivedHere: inbox.receivedHere,
    hadReceived,
    asked: wishes.asked,
  });

  /** A packet that the client wrote of its own accord; false when it is none of these. */
  function wroteFreely(sent: string): boolean {
    const packet = frame(sent) as Frame;
    const first = sent.charCodeAt(0);
    if (first === 0x62) return outbox.wrotePubrel(sent);
    if (first >> 4 !== TYPE.publish && first !== 0x82 && first !== 0xa2 && first !== 0xc0) return false;
    const read = parse(sent);
    const canonical = read && generate(read, { protocolVersion: 5 }).toString("latin1");
    if (canonical !== sent) script.fail(`mqtt-packet writes ${hex(canonical ?? "")} for ${hex(sent)}`);
    if (!isOnline) script.fail(`wrote ${hex(sent)} before CONNACK`);
    if (sent.length > outbox.limits.packetSize) script.fail(`wrote ${sent.length} bytes at once`);
    if (first >> 4 === TYPE.publish) outbox.wrotePublish(packet);
    else if (first !== 0xc0) {
      wishes.wrote(packet, outbox.limits);
      if (outbox.isIdInUse(wishes.asked!.id)) script.fail(`asked with ${wishes.asked!.id}, which is in use`);
    }
    return true;
  }

  script.takeFree = (event) => {
    if (isOver) return false;
    if ("wrote" in event && event.wrote === script.owed[0]) return script.owed.shift() !== undefined;
    if ("wrote" in event) return wroteFreely(event.wrote);
    const line = script.lineOf(event);
    return line !== undefined && wishes.refused(line, outbox.limits);
  };

  function end(verdict: Verdict, tail: string): void {
    const codes = [...verdict.must, ...verdict.may];
    script.takeFreely();
    const said = script.peek();
    const isSaid = !!said && "wrote" in said;
    if (isSaid) script.take();
    const event = script.take();
    const told = event && "told" in event ? event.told : "";
    const [, number = "", behind = ""] = /^disconnect (\d+) (?:again|end)(.*)$/s.exec(told) ?? [];
    const code = Number(number);
    if (number === "" || !codes.includes(code))
      script.fail(`did ${JSON.stringify(event)} where it must disconnect with ${codes.join(" or ")}`);
    const isServers = verdict.silent?.includes(code) === true && !isSaid;
    if (isSaid && (verdict.isEnd || said.wrote !== `\xe0\x01${bytes(code)}`))
      script.fail(`said ${hex(said.wrote)} and told ${code}`);
    // In the middle of a message no word would be understood.
    if (!isSaid && !isServers && !unfinished()) script.fail(`did not say ${code}`);
    if (behind !== (isServers ? tail : "")) script.fail(`told ${JSON.stringify(behind)} with the end`);
    script.tail = isServers ? tail : "";
    over();
  }

  function over(): void {
    isOver = true;
    isOnline = isConnecting = isAuthenticating = false;
    script.owed = [];
    outbox.closed();
    wishes.closed();
  }

  function accepted(body: string): void {
    const { list } = readField(body, 2, FROM.connack);
    const sessionPresent = body.charCodeAt(0) === 1;
    hasExpired = (valueOf(list, ID.sessionExpiry) ?? Number(!settings.clean)) === 0;
    if (!sessionPresent) received.clear();
    hadReceived = received.size > 0;
    outbox.accepted(limitsOf(list), sessionPresent);
    isConnecting = false;
    isOnline = true;
    wishes.accepted(sessionPresent);
    script.demandTold(`connect ${sessionPresent}`);
    script.takeFreely();
  }

  const idBytes = (first: number, id: number, isKnown = true): string =>
    isKnown ? bytes(first, 2) + writeU16(id) : `${bytes(first, 3)}${writeU16(id)}\x92`;

  /** PUBACK, PUBREC, PUBREL, PUBCOMP. */
  function acknowledged(type: number, id: number, code: number): void {
    const message = outbox.inflight(id);
    if (type === TYPE.pubrel) {
      const isKnown = received.delete(id);
      inbox.receivedHere.delete(id);
      script.demandWritten(idBytes(0x70, id, isKnown));
    } else if (type === TYPE.pubcomp) {
      if (message?.state !== "released") return;
      // What the PUBREC said that the PUBCOMP does not.
      if (message.isUnmatched && !code) script.tail = `#16${script.tail}`;
      settle(message, `acknowledge ${id}`);
    } else if (code >= 0x80) {
      if (message?.state === "sent" && (type === TYPE.puback || message.qos === 2))
        settle(message, `drop ${code} ${id} ${message.topic}`);
    } else if (type === TYPE.puback) {
      // A broker of the field answers one of QoS 2 so, too.
      if (message?.state === "sent") settle(message, `acknowledge ${id}`);
    } else {
      const isKnown = message?.qos === 2;
      if (isKnown) Object.assign(message, { state: "released", isUnmatched: code === 0x10 });
      script.demandWritten(idBytes(0x62, id, isKnown));
    }
  }

  function settle(message: Message, line: string): void {
    outbox.remove(message);
    script.demandTold(line);
  }

  function authenticated(body: string): void {
    const code = body.charCodeAt(0) || 0;
    const data = (valueOf(readField(body, 1, FROM.auth).list, ID.data) as string | undefined) ?? "";
    script.demandTold(`authenticate ${code} ${data}`);
    if (code === 0) isAuthenticating = false;
    else if (data === "no") end({ must: [0x87], may: [], silent: [0x87], isEnd: true }, script.tail);
    else {
      const field = authField(data ? `re ${data}` : "first");
      script.demandWritten(packetOf(0xf0, `\x18${field}`));
    }
  }

  function answered(body: string): void {
    const { end: start } = readField(body, 2, FROM.acknowledgement);
    wishes.answered(codesOf(body.slice(start)));
  }

  /** A packet that is right, whole. */
  function act(packet: Frame): void {
    const type = packet.first >> 4;
    const body = packet.bytes.slice(packet.header);
    script.tail = tailOf(packet);
    if (type === TYPE.publish) inbox.deliver(packet, packet.size > settings.maximumPacketSize);
    else if (type === TYPE.connack) accepted(body);
    else if (type >= TYPE.puback && type <= TYPE.pubcomp)
      acknowledged(type, u16(body, 0), body.length > 2 ? body.charCodeAt(2) : 0);
    else if (type === TYPE.auth) authenticated(body);
    else if (type !== TYPE.pingresp) answered(body);
  }

  /** Does the client end the connection here, as it may? */
  function ends({ may }: Verdict): boolean {
    const event = script.peek();
    if (!event || !("wrote" in event)) return false;
    return may.some((code) => event.wrote === `\xe0\x01${bytes(code)}`);
  }

  /** What the first packet of the stream makes the client do; false when more has to come. */
  function takePacket(): boolean {
    const packet = frame(stream);
    script.tail = "";
    if (typeof packet === "number") {
      end({ must: [packet], may: [] }, "");
      return false;
    }
    // What was taken at its beginning is right.
    const verdict = isTaken ? { must: [], may: [] } : judge(packet, expected());
    if (!verdict) return false;
    if (verdict.must.length || (verdict.may.length && ends(verdict))) {
      end(verdict, packet.header ? tailOf(packet) : "");
      return false;
    }
    act(packet);
    isTaken = !packet.isWhole;
    if (!isOver) script.tail = "";
    if (isTaken) return false;
    stream = stream.slice(packet.size);
    return true;
  }

  /** Goes through what the client did on its own, until there is no more. */
  function finish(): void {
    script.takeFreely();
    if (script.owed[0] !== undefined && !unfinished()) script.fail(`did not write ${hex(script.owed[0])}`);
    const event = script.peek();
    if (event) script.fail(`did ${JSON.stringify(event)} of which nothing asked for it`);
  }

  /** The lines of a second, in whatever order. */
  function takeLines(lines: string[]): void {
    for (;;) {
      script.takeFreely();
      const line = script.lineOf(script.peek());
      if (line === undefined) break;
      const index = lines.indexOf(line);
      const isEnd = /^disconnect (141|194) /.test(line);
      if (index < 0 && !isEnd) break;
      if (index >= 0) lines.splice(index, 1);
      script.take();
      if (isEnd) over();
    }
    if (lines.length) script.fail(`did not tell ${lines[0]}`);
  }

  return {
    opening(events) {
      script.begin(events);
      script.tail = "";
      stream = "";
      isTaken = false;
      isOver = false;
      outbox.limits = limitsOf([]);
      inbox.opened();
      finish();
      isConnecting = true;
    },
    opened(events) {
      script.begin(events);
      if (settings.hasAuthentication) script.demandTold("authenticate 25 ");
      script.demandWritten(connectOf(settings));
      finish();
    },
    closed(events) {
      script.begin(events);
      script.demandTold("disconnect 196 end");
      over();
      finish();
    },
    subscribed(list, events) {
      script.begin(events);
      wishes.subscribe(list);
      script.demandTold("result 0");
      finish();
    },
    unsubscribed(topicFilters, events) {
      script.begin(events);
      wishes.unsubscribe(topicFilters);
      finish();
    },
    published(message, refusals, events) {
      script.begin(events);
      const result = outbox.publish(message, isOnline, refusals);
      if (message.isRequest && result >= 0) requests.set(message.serial, 0);
      finish();
      return result;
    },
    disconnected(events) {
      script.begin(events);
      if (isOnline && !unfinished()) script.demandWritten("\xe0\0");
      if (!isOver) {
        script.demandTold("disconnect 0 end");
        over();
      }
      finish();
    },
    disconnectedWith(code, list, events) {
      script.begin(events);
      const sentence = packetOf(0xe0, bytes(code) + writeField(list));
      const expiry = valueOf(list, ID.sessionExpiry);
      if (isOnline && ((expiry && settings.clean) || sentence.length > outbox.limits.packetSize)) {
        const refused = script.demandTold("result -130", "result -149");
        if (!expiry && refused === "result -130") script.fail("refused for a session's expiry");
      } else {
        if (isOnline && expiry !== undefined) hasExpired = expiry === 0;
        if (isOnline && !unfinished()) script.demandWritten(sentence);
        if (!isOver) {
          script.demandTold("disconnect 0 end");
          over();
        }
        script.demandTold("result 0");
      }
      finish();
    },
    reauthenticated(events) {
      script.begin(events);
      if (isOnline) {
        script.demandTold("authenticate 25 ");
        script.demandWritten(packetOf(0xf0, `\x19${authField("first")}`));
        isAuthenticating = true;
      }
      finish();
    },
    ticked(events) {
      script.begin(events);
      outbox.uptime++;
      const lines: string[] = [];
      for (const message of outbox.expired()) {
        lines.push(`drop 198 ${message.id} ${message.topic}`);
        outbox.remove(message);
      }
      for (const [serial, seconds] of [...requests]) {
        requests.set(serial, seconds - 1);
        if (seconds > 1) continue;
        lines.push(`response ${serial} 199 `);
        requests.delete(serial);
      }
      takeLines(lines);
      finish();
    },
    drained(events) {
      script.begin(events);
      finish();
    },
    receive(sent, events) {
      script.begin(events);
      stream += sent;
      while (stream && !isOver && takePacket());
      finish();
    },
    settled() {
      if (wishes.isOpen || wishes.asked || outbox.messages.length)
        script.fail(`left: ${JSON.stringify([wishes.asked, outbox.messages])}`);
    },
    get isOver() {
      return isOver;
    },
    get hasExpired() {
      return hasExpired;
    },
    get isOnline() {
      return isOnline;
    },
    get isAuthenticating() {
      return isAuthenticating;
    },
    outbox,
    wishes,
    inbox,
  };
}
