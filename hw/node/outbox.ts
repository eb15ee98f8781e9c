/**
 * All that a node publishes is a state or a record, and both are asked for when there is room.
 *
 * States (`status`, `diag`, all of an announcer): the latest wins, and is published until it is
 * acknowledged. Records (readings, faults, answers to commands): in order, each until it is acknowledged.
 * One of them is under way at a time, beside `status` and readings that are new: these need not wait for
 * old ones.
 */
import { isBusy } from "../../src/client/queue.ts";
import { disconnect, FIRST, QOS_1, RETAIN } from "../../src/index.ts";
import { QUOTA_EXCEEDED } from "../../src/reason.ts";
import { ALL_ACKNOWLEDGED, explainLoss, LOST_MESSAGE } from "../lines.ts";
import { timestamp } from "./clock.ts";
import { diagnostics } from "./diagnostics.ts";
import { note } from "./history.ts";
import { forgetJournal } from "./journal-file.ts";
import { append, oldest } from "./journal.ts";
import type { Journal } from "./journal.ts";
import { client, freeVariables, options, publishBelow } from "./publishing.ts";
import { self } from "./self.ts";

/** Seconds between two `diag` messages. */
const DIAG_PERIOD = 300;
/** Free variables that publishing takes at most, but for what an announcer says of itself. */
const ROOM = 200;
/** Seconds that `offline` gets to be acknowledged before a restart. */
const FAREWELL = 5;
/** Answers to commands that may wait. */
const RESULTS = 8;

/** Sources of what is under way. */
const RESULT = 1;
const RECORD = 2;
const DIAG = 3;
const ANNOUNCEMENT = 4;

/** Readings and faults that wait; exists while there are any. */
export let journal: Journal | undefined;
/** How many of them may wait; 0: as many as the board's memory allows. */
let journalLimit = 0;
/** 1 until the journal has run empty, which the console reports: the first readings go through it. */
let isNew = 1;
/** Answers to commands; exists while there are any. */
let results: string[] | undefined;

/** Begins a journal, which may hold what an earlier start has left. */
/*@__TOGETHER__ rare*/
export function openJournal(begun: Journal | undefined): void {
  journal = begun;
  if (!journal) return;
  journal._limit = journalLimit || process.memory(false).total >> 4;
  journal._keepsOldest = options.queuePolicy === "drop-newest";
}

/** Limits the journal to so many records; 0: as many as the board's memory allows. */
export function limitJournal(limit: number): void {
  journalLimit = limit;
}

/**
 * Publishes the members of a JSON object with their time, or appends them to the journal until there is a
 * connection and nothing else waits. With `taken` it is an old one whose turn it is. Returns as `publish`
 * does.
 */
export function report(topic: string, members: string, taken: number): number {
  const at = taken || Math.floor(getTime()) || 1;
  if (taken || (client.connected && !isNew && !isBusy(client) && (!journal || topic === "state"))) {
    const time = /*@__SPLICE__*/ timestamp(at);
    return publishBelow(topic, "{" + members + "," + time + "}", QOS_1);
  }
  // A variable, without which the build would make one expression of all this: what stands behind a
  // `return` is not read.
  const fixed = self._pending && self._source === RECORD ? 1 : 0;
  if (!journal) openJournal({ _entries: [], _shapes: [], _limit: 0, _keepsOldest: false });
  self._lost += append(journal as Journal, topic + "?" + members, at, fixed);
  self._wait = 0;
  return 0;
}

/** Answers a command, as soon as there is room. */
/*@__TOGETHER__ rare*/
export function answer(payload: string): void {
  results = results || [];
  results.push(payload);
  self._wait = 0;
  setTimeout(publishNext, 0);
}

/** Is there room for the answer to one more command? */
/*@__TOGETHER__ rare*/
export function canAnswer(): boolean {
  return !results || results.length < RESULTS;
}

/** Publishes the next record or state but `status`; returns as `publish` does, 0 when none is due. */
/*@__TOGETHER__ rare*/
function publishOne(): number {
  self._source = RESULT;
  if (results) return publishBelow("cmd/result", results[0] as string, QOS_1);
  self._source = RECORD;
  if (journal) {
    const entry = oldest(journal);
    return report(entry._topic, entry._members, entry._at);
  }
  self._source = DIAG;
  if (self._uptime >= self._diagAt) {
    self._diagAt = self._uptime + DIAG_PERIOD;
    // Not remembered by the client, as what is FIRST: it takes memory for the topic.
    return publishBelow("diag", diagnostics(client), QOS_1 | RETAIN | FIRST);
  }
  self._source = ANNOUNCEMENT;
  return options._announcer ? options._announcer._publish() : 0;
}

/** Publishes what is due next, where there is a connection and room for it. Looks again in a second, or when the time of something has come. */
export function publishNext(): void {
  self._wait = 1;
  if (!client.connected || freeVariables() < ROOM) return;
  if (self._status < 0)
    self._status = publishBelow(
      "status",
      self._untilRestart && self._untilRestart <= FAREWELL ? "offline" : "online",
      QOS_1 | RETAIN | FIRST,
    );
  if (self._pending) return;
  const packetId = publishOne();
  self._pending = Math.max(0, packetId);
  if (!packetId && !options._announcer) self._wait = self._diagAt - self._uptime;
}

/** Takes what was under way for done: it has arrived, or is given up. */
/*@__TOGETHER__ rare*/
function settled(): void {
  self._pending = 0;
  if (self._source === RECORD && journal) {
    journal._entries.shift();
    if (!journal._entries[0]) {
      journal = undefined;
      isNew = 0;
      forgetJournal();
      print(ALL_ACKNOWLEDGED);
    }
  } else if (self._source === RESULT && results) {
    results.shift();
    if (!results[0]) results = undefined;
  }
  // Not from here, where the stack is deep.
  setTimeout(publishNext, 0);
}

/** `status` has arrived. */
/*@__TOGETHER__ rare*/
function statusArrived(): void {
  self._status = 0;
  if (self._untilRestart && self._untilRestart <= FAREWELL) {
    disconnect(client);
    self._untilRestart = 2;
  } else if (!self._isProven) {
    self._isProven = 1;
    note("A");
  }
}

options.onAcknowledge = function (packetId) {
  self._silence = 0;
  if (packetId === self._status) statusArrived();
  else if (packetId === self._pending) settled();
};

options.onDrop = function (reasonCode, packetId, topic) {
  const isFinal = reasonCode !== QUOTA_EXCEEDED;
  if (packetId && packetId === self._status) self._status = isFinal ? 0 : -1;
  else if (packetId && packetId === self._pending) {
    self._pending = 0;
    if (isFinal) settled();
    else if (self._source === DIAG) self._diagAt = 0;
    else if (self._source === ANNOUNCEMENT && options._announcer) options._announcer._reconnects = -1;
  }
  print(LOST_MESSAGE + topic + explainLoss(reasonCode));
};

/** Says `offline`, and restarts the board when that has arrived, or after some seconds. */
/*@__TOGETHER__ rare*/
export function restartSoon(): void {
  self._untilRestart = FAREWELL;
  self._status = -1;
  setTimeout(publishNext, 0);
}
