/**
 * Lines of the board's console that programs read, too: the uploader's expressions are made of these. Each is
 * made in one place only, so that the build can put it there; text in flash costs no memory.
 */
import {
  ACKNOWLEDGEMENT_TIMEOUT,
  BAD_USER_NAME_OR_PASSWORD,
  CLIENT_IDENTIFIER_NOT_VALID,
  CONNECTION_LOST,
  CONNECTION_REFUSED,
  CONNECTION_TIMEOUT,
  KEEP_ALIVE_TIMEOUT,
  MALFORMED_PACKET,
  NAME_NOT_FOUND,
  NETWORK_DOWN,
  NOT_AUTHORIZED,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  QUOTA_EXCEEDED,
  REPEATED_LOSS,
  SERVER_UNAVAILABLE,
  SUCCESS,
  TLS_FAILED,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../src/reason.ts";

// Each of these stands in the firmware once, so that it is there as a text and no variable.

/** Beginnings of a start's first line, of the one that ends a start with mistakes, and of safe mode's. */
export const STARTED = "ristretto ";
export const NOT_STARTED = "Not started. ";
export const SAFE_MODE = "Safe mode: ";

/** Between the name of a sensor and the members of its reading, or its fault. */
export const READING = ": {";
export const FAULT = ": ";

/** The network came: its name follows. It went: name and reason follow. */
export const JOINED = "Wi-Fi: joined ";
export const NOT_THERE = "Wi-Fi: ";

/** The broker accepted: its host follows. The connection ended: the explanation follows. */
export const CONNECTED = "MQTT: connected to ";
export const DISCONNECTED = "MQTT: ";
/** Nothing of the start, or of an outage, waits any more. */
export const ALL_ACKNOWLEDGED = "MQTT: all that waited is acknowledged";
/** A message of the client is lost: its topic follows. A record of the journal is: "oldest" or "newest". */
export const LOST_MESSAGE = "MQTT: lost a message of ";
export const LOST_RECORD = "MQTT: lost the ";
/** The broker refuses a subscription: its filter follows. */
export const REFUSED_FILTER = "MQTT: the broker refuses ";
/** A last resort: the seconds follow. */
export const SILENT = "MQTT: nothing was acknowledged for ";

/** Refusals that time does not heal: how their explanations begin. */
export const REFUSALS = [
  "bad user name or password",
  "not authorized",
  "the broker refuses ",
  "the broker does not speak",
  "no such name",
] as const;

/** Explains a reason code, and says what to look at where that is not plain. */
export function explain(reasonCode: number): string {
  switch (reasonCode) {
    case SUCCESS:
      return "disconnected";
    case MALFORMED_PACKET:
    case PROTOCOL_ERROR:
      return "the broker broke the protocol; is that port MQTT?";
    case UNSUPPORTED_PROTOCOL_VERSION:
      return "the broker does not speak MQTT 3.1.1";
    case CLIENT_IDENTIFIER_NOT_VALID:
      return "the broker refuses broker.clientId, or broker.keepalive 0";
    case SERVER_UNAVAILABLE:
      return "the broker is there but not available";
    case BAD_USER_NAME_OR_PASSWORD:
      return "bad user name or password; see broker.username, broker.password";
    case NOT_AUTHORIZED:
      return "not authorized; the broker wants other credentials or denies this client";
    case KEEP_ALIVE_TIMEOUT:
      return "the broker no longer answers";
    case PACKET_TOO_LARGE:
      return "the broker sent more than fits";
    case QUOTA_EXCEEDED:
      return "out of memory";
    case NAME_NOT_FOUND:
      return "no such name; see broker.host";
    case CONNECTION_REFUSED:
      return "nothing answers there; see broker.host, broker.port";
    case CONNECTION_TIMEOUT:
      return "no answer in time; is that port MQTT?";
    case CONNECTION_LOST:
      return "the connection was lost";
    case NETWORK_DOWN:
      return "no Wi-Fi";
    case ACKNOWLEDGEMENT_TIMEOUT:
      return "the broker acknowledged nothing for a minute";
    case TLS_FAILED:
      return "no TLS there, or the broker refuses broker.tls";
  }
  return "reason code " + reasonCode;
}

/** Explains why a message was lost, to stand behind its topic. */
export function explainLoss(reasonCode: number): string {
  if (reasonCode === QUOTA_EXCEEDED) return ": no room in queue or memory";
  return reasonCode === REPEATED_LOSS ? ": the broker hung up on it three times" : ": too large";
}
