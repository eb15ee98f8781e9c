/** The core with subscriptions: what a program has that publishes and subscribes. */
export { connect, createClient, disconnect, publish, subscribe, tick, unsubscribe } from "../src/index.ts";
