/** The MQTT client: functions over a record, so that a firmware carries only those it imports. */
export { abort } from "./client/client.ts";
export { connect, createClient, disconnect } from "./client/connection.ts";
export { FIRST, publish } from "./client/publish.ts";
export { subscribe, unsubscribe } from "./client/subscriptions.ts";
export { tick } from "./client/tick.ts";
export { DUP, QOS_0, QOS_1, QOS_2, QOS_MASK, RETAIN } from "./codec/constants.ts";
export type { Client, Part } from "./client/client.ts";
export type { ClientOptions, MessageHandler, PieceHandler, Subscription } from "./client/options.ts";
export type { Payload } from "./client/publish.ts";
export type { Will } from "./codec/encode.ts";
export type { Address, Link, LinkHandlers } from "./link.ts";

/* Parts that only those carry who import them. */
export { earlyPublish } from "./client/early.ts";
export { pieces } from "./client/pieces.ts";
export { qos2 } from "./client/qos2.ts";
export { streaming, publishPieces } from "./client/stream.ts";
export type { PieceSource } from "./client/stream.ts";

/* MQTT 5.0, and the parts of it. */
export { disconnectWith, version5 } from "./version5/version5.ts";
export { topicAliases } from "./version5/aliases.ts";
export { authentication, reauthenticate } from "./version5/authentication.ts";
export { fallback } from "./version5/fallback.ts";
export { publishWith } from "./version5/publish.ts";
export { serverReference } from "./version5/reference.ts";
export { createRequester, request, respond } from "./version5/request.ts";
export { subscribeWith, unsubscribeWith } from "./version5/subscriptions.ts";
export type { Authenticator, Version5Client, Version5Options, Version5Will } from "./version5/client.ts";
export type { Requester, ResponseHandler } from "./version5/request.ts";
export type { Version5Subscription } from "./version5/subscriptions.ts";
export {
  ASSIGNED_CLIENT_IDENTIFIER,
  AUTHENTICATION_DATA,
  AUTHENTICATION_METHOD,
  CONTENT_TYPE,
  CORRELATION_DATA,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  MESSAGE_EXPIRY_INTERVAL,
  PAYLOAD_FORMAT_INDICATOR,
  REASON_STRING,
  RECEIVE_MAXIMUM,
  REQUEST_PROBLEM_INFORMATION,
  REQUEST_RESPONSE_INFORMATION,
  RESPONSE_INFORMATION,
  RESPONSE_TOPIC,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
  SERVER_REFERENCE,
  SESSION_EXPIRY_INTERVAL,
  SHARED_SUBSCRIPTION_AVAILABLE,
  SUBSCRIPTION_IDENTIFIER,
  SUBSCRIPTION_IDENTIFIERS_AVAILABLE,
  TOPIC_ALIAS,
  TOPIC_ALIAS_MAXIMUM,
  USER_PROPERTY,
  WILDCARD_SUBSCRIPTION_AVAILABLE,
  WILL_DELAY_INTERVAL,
} from "./codec/identifiers.ts";
export { readProperties, readProperty } from "./codec/properties.ts";
export type { Properties, PropertyValue } from "./codec/properties.ts";
