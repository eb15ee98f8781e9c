/** Reason codes in plain words for the board's console; text in flash costs no memory. */
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

/** What happened, and what to look at where that is not plain. */
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

/** Why a message was lost, to stand behind its topic. */
export function explainLoss(reasonCode: number): string {
  if (reasonCode === QUOTA_EXCEEDED) return ": no room in queue or memory";
  return reasonCode === REPEATED_LOSS ? ": the broker hung up on it three times" : ": too large";
}
