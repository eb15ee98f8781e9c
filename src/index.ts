/** The MQTT client: functions over a record, so that a firmware carries only those it imports. */
export { abort } from "./client/client.ts";
export { connect, createClient, disconnect, tick } from "./client/connection.ts";
export { FIRST, publish } from "./client/publish.ts";
export { enableQos2 } from "./client/qos2.ts";
export { subscribe, unsubscribe } from "./client/subscriptions.ts";
export { DUP, QOS_0, QOS_1, QOS_2, QOS_MASK, RETAIN } from "./codec/constants.ts";
export type { Client, ClientOptions, MessageHandler } from "./client/client.ts";
export type { Payload } from "./client/publish.ts";
export type { Subscription } from "./client/subscriptions.ts";
export type { Will } from "./codec/encode.ts";
export type { Address, Link, LinkHandlers } from "./link.ts";
