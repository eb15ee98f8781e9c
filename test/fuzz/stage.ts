/**
 * The client on a stage: everything that is done to it is an act, data that can be done again elsewhere, and everything it
 * does is an event. `STAGE` is the same in a program for the interpreter.
 */
import { runInThisContext } from "node:vm";
import type * as Ristretto from "../../src/index.ts";
import { cut } from "../conformance/conversation.ts";
import type { Event } from "./referee.ts";

/** Something that is done to the client. */
export type Act =
  | ["connect" | "establish" | "end" | "drain" | "disconnect"]
  | ["data", string]
  | ["tick", number]
  | ["publish", string, string, number]
  | ["subscribe", Array<[topicFilter: string, qos: number, hasHandler: boolean]>]
  | ["unsubscribe", string[]];

export interface Settings {
  clean: boolean;
  hasQos2: boolean;
  keepalive: number;
  maximumPacketSize: number;
  receiveMaximum: number;
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

/**
 * Makes a stage of the module `m` and settings `s`; `told` and `wrote` are called with what the client does. In the language
 * of the engine, as the interpreter runs it too.
 */
export const STAGE = `function (m, s, told, wrote) {
  var open = false, pending = 0, handlers;
  var link = {
    open: function (address, given) { open = true; pending = 0; handlers = given; },
    write: function (bytes) { wrote(bytes); pending += bytes.length; return pending < s.capacity; },
    close: function () { if (open) { open = false; handlers.onClose(0xc3); } }
  };
  var client = m.createClient({
    link: link, host: "h", port: 1, clientId: "fuzz", ackTimeout: 1e9, reconnectPeriod: 0, clean: s.clean, keepalive: s.keepalive,
    maximumPacketSize: s.maximumPacketSize, receiveMaximum: s.receiveMaximum, queueLimit: s.queueLimit,
    queueBytes: s.queueBytes, queuePolicy: s.queuePolicy,
    onConnect: function (present) { told("connect " + present); },
    onDisconnect: function (reason, seconds) { told("disconnect " + reason + (seconds ? " again" : " end")); },
    onMessage: function (topic, payload, flags) { told("message " + topic + " " + payload + " " + flags); },
    onSubscribe: function (filter, code) { told("subscribe " + filter + " " + code); },
    onUnsubscribe: function (filter) { told("unsubscribe " + filter); },
    onAcknowledge: function (id) { told("acknowledge " + id); },
    onDrop: function (reason, id, topic) { told("drop " + reason + " " + id + " " + topic); }
  }, s.hasQos2 ? [m.qos2] : []);
  function subscription(one) {
    var taken = { topicFilter: one[0], qos: one[1] };
    if (one[2]) taken.onMessage = function (topic, payload, flags) {
      told(one[0] + " took " + topic + " " + payload + " " + flags);
    };
    return taken;
  }
  var acts = {
    connect: function () {
      m.connect(client);
      // In the second of an end it waits for the next one.
      if (!open) m.tick(client);
    },
    establish: function () { handlers.onOpen(); },
    // No network: the end that is blamed on no message.
    end: function () { open = false; handlers.onClose(0xc4); },
    drain: function () { pending = 0; handlers.onDrain(); },
    disconnect: function () { m.disconnect(client); },
    data: function (bytes) { handlers.onData(bytes); },
    tick: function (times) { for (; times > 0; times--) m.tick(client); },
    publish: function (topic, payload, flags) { m.publish(client, topic, payload, flags); },
    subscribe: function (list) { m.subscribe(client, list.map(subscription)); },
    unsubscribe: function (list) { m.unsubscribe(client, list); }
  };
  return {
    client: client,
    isOpen: function () { return open; },
    act: function (act) { acts[act[0]](act[1], act[2], act[3]); }
  };
}`;

type Make = (
  module: typeof Ristretto,
  settings: Settings,
  told: (line: string) => void,
  wrote: (bytes: string) => void,
) => Stage;

/** A stage in this process that collects what the client does, its writes put together and cut into packets. */
export function createStage(
  module: typeof Ristretto,
  settings: Settings,
): Stage & { perform(act: Act): Event[] } {
  let events: Event[] = [];
  let writing = "";
  const flush = (): void => {
    if (writing) for (const wrote of cut(writing)) events.push({ wrote });
    writing = "";
  };
  const stage = make(
    module,
    settings,
    (told) => {
      flush();
      events.push({ told });
    },
    (bytes) => {
      for (let at = 0; at < bytes.length; at++)
        if (bytes.charCodeAt(at) > 255) throw new Error(`wrote the character ${bytes.charCodeAt(at)}`);
      writing += bytes;
    },
  );
  return {
    ...stage,
    perform(act) {
      events = [];
      stage.act(act);
      flush();
      return events;
    },
  };
}

const make = runInThisContext(`(${STAGE})`) as Make;
