/**
 * Checks of what a CONNECT carries, for those whose options come from far away: the core takes them as they
 * are.
 */
import type { ConnectOptions } from "../codec/encode.ts";
import { isWellFormed } from "../codec/utf8.ts";
import { STRING_MAXIMUM } from "../limits.ts";
import {
  BAD_USER_NAME_OR_PASSWORD,
  CLIENT_IDENTIFIER_NOT_VALID,
  PACKET_TOO_LARGE,
  SUCCESS,
  TOPIC_NAME_INVALID,
} from "../reason.ts";
import { isTopicName } from "../topic.ts";

/**
 * Is there anything in `options` that no CONNECT can say (MQTT 3.1.1 §1.5.3, §3.1.3)? Returns 0, 0x90 for the will's topic, 0x95
 * for its payload, 0x85 for the client identifier or 0x86 for user name or password: all are strings of at most 65535 bytes, and
 * all but payload and password UTF-8.
 */
export function refusalOfOptions(options: ConnectOptions): number {
  const will = options.will;
  const isLong = (text: unknown): boolean => typeof text !== "string" || text.length > STRING_MAXIMUM;
  if (will && (isLong(will.topic) || !isTopicName(will.topic, false))) return TOPIC_NAME_INVALID;
  if (will && isLong(will.payload)) return PACKET_TOO_LARGE;
  if (isLong(options.clientId) || !isWellFormed(options.clientId, true)) return CLIENT_IDENTIFIER_NOT_VALID;
  return isLong(options.username || "") ||
    !isWellFormed(options.username || "", true) ||
    isLong(options.password || "")
    ? BAD_USER_NAME_OR_PASSWORD
    : SUCCESS;
}
