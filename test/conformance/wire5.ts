/** The minified client of MQTT 5.0 and packets of its server as byte strings, for what mqtt-packet does not read or write. */
import assert from "node:assert/strict";
import { BLAMELESS, dial } from "../support/fake-link.ts";
import type { Part, Version5Options } from "../../src/index.ts";
import { toolsOf } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { cut, ristretto } from "./conversation.ts";

export const { createVersion5Client, accept, createConnected } = toolsOf(ristretto);

export const bytes = (...values: number[]): string => String.fromCharCode(...values);
/** A packet id, or any other Two Byte Integer. */
export const idOf = (packetId: number): string => bytes(packetId >> 8, packetId & 255);
export const text = (given: string): string => idOf(given.length) + given;

export const variable = (value: number): string =>
  value < 128 ? bytes(value) : bytes((value & 127) | 128) + variable(value >> 7);

/** Properties, as bytes, with their length in front. */
export const field = (properties: string): string => variable(properties.length) + properties;
export const packetOf = (first: number, body: string): string => bytes(first) + variable(body.length) + body;

export const connack = (flags: number, reasonCode: number, properties = ""): string =>
  packetOf(0x20, bytes(flags, reasonCode) + field(properties));

/** PUBLISH as the server sends it. */
export function incoming(
  flags: number,
  topic: string,
  packetId: number,
  properties: string,
  payload = "",
): string {
  return packetOf(
    0x30 | flags,
    text(topic) + (flags & 6 ? idOf(packetId) : "") + field(properties) + payload,
  );
}

export const ILL_FORMED = [
  ...["\xff", "a\xc3(", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xc0\x80", "\xe2\x82"],
  ...["\0", "a\0b"],
];

/** A client whose CONNECT has left. */
export function asking(options: Partial<Version5Options> = {}, parts?: Part[]): Version5Told {
  const told = createVersion5Client(options, parts);
  dial(told, ristretto);
  told.link.establish();
  told.link.packets();
  return told;
}

/** A client of QoS 2 that is connected, and of which nothing is written yet. */
export function connected(
  properties = {},
  options: Partial<Version5Options> = {},
  parts: Part[] = [],
): Version5Told {
  const told = createConnected(properties, options, [ristretto.qos2, ...parts]);
  told.link.bytes = "";
  return told;
}

/**
 * The connection is lost, too late to be blamed on what is under way, and the next one accepted; what was
 * written before CONNACK is not looked at.
 */
export function resume(told: Version5Told, sessionPresent: boolean, properties = {}): void {
  if (told.link.isOpen) {
    for (let second = 0; second < BLAMELESS; second++) ristretto.tick(told.client);
    told.link.end();
  }
  dial(told, ristretto);
  told.link.establish();
  bytesOf(told);
  told.log.length = 0;
  told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent, properties });
}

/** What was written since the last look, packet by packet. */
export function bytesOf(told: Version5Told): string[] {
  const all = told.link.bytes;
  told.link.bytes = "";
  told.link.packets();
  return cut(all);
}

/** What was written since the last look, each packet by its kind, DUP and packet id. */
export function linesOf(told: Version5Told): string[] {
  return told.link
    .packets()
    .map((packet) =>
      [packet.cmd, "dup" in packet && packet.dup ? "dup" : "", packet.messageId]
        .filter((word) => word)
        .join(" "),
    );
}

/**
 * These bytes end the connection: what the client tells its owner, and the reason code that it gives the server, if it says
 * anything.
 */
export function endOf(told: Version5Told, received: string): [told: number, said: number | undefined] {
  const hex = Buffer.from(received, "latin1").toString("hex");
  told.link.packets();
  told.log.length = 0;
  told.link.receive(received);
  assert.equal(told.link.isOpen, false, hex);
  const [packet, ...more] = told.link.packets();
  assert.deepEqual(more, [], hex);
  assert.equal(told.log.length, 1, hex);
  const reasonCode = /^disconnect (\d+) again/.exec(told.log[0]!);
  assert.ok(reasonCode, told.log[0]);
  return [Number(reasonCode[1]), packet?.cmd === "disconnect" ? packet.reasonCode : undefined];
}

/** The end of a connection whose reason both are told. */
export const ends = (reasonCode: number): [number, number] => [reasonCode, reasonCode];
