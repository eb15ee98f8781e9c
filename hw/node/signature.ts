/**
 * Signed commands: with a `key` in its configuration a node obeys only who has it.
 *
 * The payload of a command is `<counter>,<signature>,<argument>`. The counter has thirteen digits, milliseconds since 1970 as
 * senders have them, and must be above that of the last command obeyed, so that none works twice. The signature is the HMAC,
 * in base64, of the topic, a line feed, and the payload without its signature: `<topic>\n<counter>,,<argument>`; with SHA-256,
 * on an ESP8266 with SHA-1, the only one that Espruino has there.
 */
import { RETAIN } from "../../src/index.ts";
import type { MessageHandler } from "../../src/index.ts";
import type { Board } from "../board.ts";
import { CLOCK_KNOWN } from "./clock.ts";
import type { NodeConfig } from "../config.ts";
import { readCounter, writeCounter } from "./counter.ts";
import type { Counter } from "./counter.ts";
import type { Hash } from "../espruino.d.ts";
import { hmac } from "./hmac.ts";
import { answer } from "./outbox.ts";
import { commands, freeVariables } from "./publishing.ts";
import { self } from "./self.ts";

/** Bytes of a payload, and of what a topic has behind `<base>/cmd/`, that are looked at. */
const LONGEST_PAYLOAD = 200;
const LONGEST_NAME = 32;
/** Digits of a counter. */
const DIGITS = 13;
/** Characters of a signature: 20 or 32 bytes in base64. */
const SHA1_LENGTH = 28;
const SHA256_LENGTH = 44;
/** Milliseconds that a counter may differ from the node's clock, where that is set. */
const HOUR = 3600000;
/** Seconds between two reports of commands that are refused. */
const REPORT_PERIOD = 60;
/** Free variables below which no signature is checked. */
const MEMORY_RESERVE = 150;

interface Guard extends Counter {
  _key: string;
  /** Undefined where the board has none. */
  _hash: Hash | undefined;
  _length: number;
  /** Takes what may be obeyed. */
  _obey: MessageHandler;
  /** Uptime in seconds at which a refusal was reported. */
  _reported: number;
}

// A board runs one node, so its state stands here.
let guard: Guard;

/** Says why a command must not be obeyed, or returns an empty text and has counted it. */
function refusal(topic: string, payload: string): string {
  const hash = guard._hash;
  const argumentAt = DIGITS + 1 + guard._length;
  if (!hash) return "Espruino on this board has no SHA-1 or SHA-256";
  if (freeVariables() < MEMORY_RESERVE) return "out of memory; try again";
  // A line feed in the topic would make another command of the same signed text.
  if (
    payload.length > LONGEST_PAYLOAD ||
    topic.length > commands.topicFilter.length + LONGEST_NAME ||
    topic.indexOf("\n") >= 0
  )
    return "not signed with the key of this node";
  const signed = topic + "\n" + payload.substr(0, DIGITS + 1) + payload.substr(argumentAt);
  const key = guard._key;
  // Equal digests of equal texts: how long comparing them takes says nothing of the signature.
  const expected = btoa(hash(key + hmac(hash, key, signed)));
  if (btoa(hash(key + payload.substr(DIGITS + 1, guard._length))) !== expected)
    return "not signed with the key of this node";
  const counter = payload.substr(0, DIGITS);
  if (!(counter > guard._last)) return "its counter is not above that of the last command";
  const now = getTime();
  if (now > CLOCK_KNOWN && !(Math.abs(+counter - now * 1000) <= HOUR))
    return "its counter is more than an hour off the clock of this node";
  return /*@__SPLICE__*/ writeCounter(guard, counter);
}

/** Obeys a command that is signed as it must be; a refusal says nothing of what came. */
function onSigned(topic: string, payload: string, flags: number): void {
  const filter = commands.topicFilter;
  if (flags & RETAIN || topic === filter.substr(0, filter.length - 1) + "result") return;
  const problem = refusal(topic, payload);
  // One without an argument is no cleared one.
  if (!problem) return guard._obey(topic, payload.substr(DIGITS + 2 + guard._length) || "now", flags);
  if (guard._reported && self._uptime - guard._reported < REPORT_PERIOD) return;
  guard._reported = self._uptime;
  print("command refused: " + problem);
  answer('{"ok":false,"error":"' + problem + '"}');
}

/** What keeps a node from obeying anybody, by the words of its configuration: a table of the build, like that of the drivers. */
function guards(): { [word: string]: (config: NodeConfig, board: Board) => void } {
  return {
    key: (config, board) => {
      const hasCrypto = process.env.MODULES.indexOf("crypto") >= 0;
      const isSmall = board.name === "ESP8266";
      guard = {
        _last: "",
        _file: 0,
        _free: 0,
        _key: config.key as string,
        _hash: hasCrypto ? require("crypto")[isSmall ? "SHA1" : "SHA256"] : undefined,
        _length: isSmall ? SHA1_LENGTH : SHA256_LENGTH,
        _obey: commands.onMessage as MessageHandler,
        _reported: 0,
      };
      readCounter(guard);
      commands.onMessage = onSigned;
      if (!guard._hash) print("key: Espruino on this board has no SHA-1 or SHA-256; no command is obeyed");
    },
  };
}

/** Has the node obey only what its configuration asks for; its commands must have their handler already. */
export function setGuards(config: NodeConfig, board: Board): void {
  const table = guards();
  Object.keys(table).forEach(function (word) {
    if (config[word as "key"]) (table[word] as (config: NodeConfig, board: Board) => void)(config, board);
  });
}
