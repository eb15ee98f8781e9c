/**
 * The client of MQTT 5.0 on a stage, with the parts that the settings name: everything that is done to it is an act, data that
 * can be done again elsewhere, and everything it does is an event. `STAGE` is the same in a program for the interpreter.
 */
import { runInThisContext } from "node:vm";
import type * as Ristretto from "../../../src/index.ts";
import { frame } from "../frame.ts";
import type { Event } from "../referee.ts";
import type { Property } from "./properties.ts";

/** A subscription: its filter, QoS, whether and how it takes messages, and what 5.0 adds. */
export interface Asked {
  topicFilter: string;
  qos: number;
  takes: "" | "whole" | "pieces";
  noLocal?: boolean;
  retainAsPublished?: boolean;
  retainHandling?: number;
  subscriptionIdentifier?: number;
  user?: string;
}

/** Something that is done to the client. */
export type Act =
  | ["connect" | "establish" | "end" | "drain" | "disconnect" | "tick" | "reauthenticate"]
  | ["disconnectWith", number, Property[]]
  | ["data", string]
  | ["publish", string, string, number]
  | ["publishWith", string, string, number, Property[]]
  | ["publishPieces", string, string, number]
  | ["subscribe" | "subscribeWith", Asked[]]
  | ["unsubscribe", string[]]
  | ["request", string, string, number];

export interface Settings {
  clean: boolean;
  hasQos2: boolean;
  hasPieces: boolean;
  hasRequests: boolean;
  hasAuthentication: boolean;
  hasStreaming: boolean;
  /** Topic aliases either way; 0 = none. */
  aliases: number;
  keepalive: number;
  maximumPacketSize: number;
  /** What is under way to the server at once, and what the client says that it takes itself; 0 = nothing. */
  receiveMaximum: number;
  ownReceiveMaximum: number;
  queueLimit: number;
  queueBytes: number;
  queuePolicy: "drop-oldest" | "drop-newest";
  /** Bytes that the link holds before it says that it is full. */
  capacity: number;
}

/** What the program on the stage gives: how to do an act, and whether its link is open. */
export interface Stage {
  act(act: Act): void;
  isOpen(): boolean;
  client: Ristretto.Client;
}

/** The topic by which requests are answered, and the one whose messages the program answers itself. */
export const ANSWERS = "re/1";
export const QUESTION = "ask";

/**
 * Makes a stage of the module `m` and settings `s`; `told` and `wrote` are called with what the client does. What it tells has
 * the reason code and the properties behind it that the program finds then. In the language of the engine, as the interpreter
 * runs it too.
 */
export const STAGE = `function (m, s, told, wrote) {
  var open = false, pending = 0, replies = 0, handlers, requester;
  var link = {
    open: function (address, given) { open = true; pending = 0; handlers = given; },
    write: function (bytes) { wrote(bytes); pending += bytes.length; return pending < s.capacity; },
    close: function () { if (open) { open = false; handlers.onClose(0xc3); } }
  };
  function say(line) {
    var list = m.readProperties(client.properties);
    told(line + (client.reasonCode ? "#" + client.reasonCode : "") + (list.length ? "|" + list.join("|") : ""));
  }
  function taken(topic, payload, flags) {
    say("message " + topic + " " + payload + " " + flags);
    if (s.hasRequests && topic === "${QUESTION}") {
      replies++;
      say("published " + m.respond(client, "r" + replies + " ", 0));
    }
  }
  var parts = [m.version5];
  if (s.hasQos2) parts.push(m.qos2);
  if (s.hasPieces) parts.push(m.pieces);
  if (s.hasStreaming) parts.push(m.streaming);
  if (s.aliases) parts.push(m.topicAliases);
  if (s.hasAuthentication) parts.push(m.authentication);
  var client = m.createClient({
    link: link, host: "h", port: 1, clientId: "fuzz", ackTimeout: 1e9, reconnectPeriod: 0, clean: s.clean, keepalive: s.keepalive,
    maximumPacketSize: s.maximumPacketSize, receiveMaximum: s.receiveMaximum, queueLimit: s.queueLimit,
    queueBytes: s.queueBytes, queuePolicy: s.queuePolicy,
    topicAliasMaximum: s.aliases, authenticationMethod: "SCRAM",
    properties: s.ownReceiveMaximum ? [m.RECEIVE_MAXIMUM, s.ownReceiveMaximum] : [],
    authenticate: function (data, code) {
      say("authenticate " + code + " " + data);
      return data === "no" ? undefined : data ? "re " + data : "first";
    },
    onConnect: function (present) { say("connect " + present); },
    onDisconnect: function (reason, seconds) { say("disconnect " + reason + (seconds ? " again" : " end")); },
    onMessage: taken,
    onPiece: function (topic, piece, offset, total, flags) {
      say("piece " + topic + " " + offset + " " + total + " " + flags + " " + piece);
    },
    onSubscribe: function (filter, code) { say("subscribe " + filter + " " + code); },
    onUnsubscribe: function (filter, code) { say("unsubscribe " + filter + " " + code); },
    onAcknowledge: function (id) { say("acknowledge " + id); },
    onDrop: function (reason, id, topic) { say("drop " + reason + " " + id + " " + topic); }
  }, parts);
  // From the first call on it keeps to what the server has.
  m.subscribeWith(client, []);
  if (s.hasRequests) requester = m.createRequester(client, "${ANSWERS}", 0);
  function subscription(one) {
    var asked = { topicFilter: one.topicFilter, qos: one.qos, noLocal: one.noLocal, retainAsPublished: one.retainAsPublished,
      retainHandling: one.retainHandling, subscriptionIdentifier: one.subscriptionIdentifier };
    if (one.user) asked.properties = [m.USER_PROPERTY, ["who", one.user]];
    if (one.takes === "whole") asked.onMessage = function (topic, payload, flags) {
      say(one.topicFilter + " took " + topic + " " + payload + " " + flags);
    };
    if (one.takes === "pieces") asked.onPiece = function (topic, piece, offset, total, flags) {
      say(one.topicFilter + " piece " + topic + " " + offset + " " + total + " " + flags + " " + piece);
    };
    return asked;
  }
  function flat(list) {
    var all = [];
    list.forEach(function (one) { all.push(one[0], one[1]); });
    return all;
  }
  var acts = {
    connect: function () { m.connect(client); },
    establish: function () { handlers.onOpen(); },
    // No network: the end that is blamed on no message.
    end: function () { open = false; handlers.onClose(0xc4); },
    drain: function () { pending = 0; handlers.onDrain(); },
    disconnect: function () { m.disconnect(client); },
    disconnectWith: function (code, list) { say("result " + m.disconnectWith(client, code, flat(list))); },
    data: function (bytes) { handlers.onData(bytes); },
    tick: function () { m.tick(client); },
    reauthenticate: function () { m.reauthenticate(client); },
    publish: function (topic, payload, flags) { say("published " + m.publish(client, topic, payload, flags)); },
    publishWith: function (topic, payload, flags, list) {
      say("published " + m.publishWith(client, topic, payload, flags, flat(list)));
    },
    publishPieces: function (topic, payload, flags) {
      say("published " + m.publishPieces(client, topic, payload.length, flags, function (offset, room) {
        return payload.substr(offset, room < 100 ? room : 100);
      }));
    },
    subscribe: function (list) { say("result " + m.subscribe(client, list.map(subscription))); },
    subscribeWith: function (list) { say("result " + m.subscribeWith(client, list.map(subscription))); },
    unsubscribe: function (list) { m.unsubscribe(client, list); },
    request: function (topic, payload, seconds) {
      say("published " + m.request(requester, topic, payload, seconds, function (code, response) {
        say("response " + payload.substr(0, payload.indexOf(" ")) + " " + code + " " + response);
      }));
    }
  };
  return {
    client: client,
    isOpen: function () { return open; },
    act: function (act) { acts[act[0]](act[1], act[2], act[3], act[4]); }
  };
}`;

type Make = (
  module: typeof Ristretto,
  settings: Settings,
  told: (line: string) => void,
  wrote: (bytes: string) => void,
) => Stage;

/** A stage in this process that collects what the client does, its writes put together and cut into packets. */
export interface Played extends Stage {
  perform(act: Act): Event[];
  /** What was written of a packet that is not written whole; it goes with its connection. */
  unfinished(): string;
}

export function createStage(module: typeof Ristretto, settings: Settings): Played {
  let events: Event[] = [];
  let writing = "";
  const flush = (): void => {
    for (;;) {
      const packet = writing ? frame(writing) : undefined;
      if (typeof packet !== "object" || !packet.isWhole) break;
      events.push({ wrote: packet.bytes });
      writing = writing.slice(packet.size);
    }
  };
  const stage = make(
    module,
    settings,
    (told) => {
      flush();
      events.push({ told });
    },
    (written) => {
      for (let at = 0; at < written.length; at++)
        if (written.charCodeAt(at) > 255) throw new Error(`wrote the character ${written.charCodeAt(at)}`);
      writing += written;
    },
  );
  return {
    ...stage,
    unfinished: () => writing,
    perform(act) {
      events = [];
      if (act[0] === "connect") writing = "";
      stage.act(act);
      flush();
      return events;
    },
  };
}

const make = runInThisContext(`(${STAGE})`) as Make;
