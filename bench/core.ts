/** What the budgets call the core: an MQTT 3.1.1 client with QoS 0 and 1, will, reconnect, queue and subscriptions. */
export { connect, createClient, disconnect, publish, subscribe, tick, unsubscribe } from "../src/index.ts";
