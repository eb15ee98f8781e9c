/** What the budgets call the core: an MQTT 3.1.1 client with QoS 0 and 1, will, reconnect and queue. */
export { connect, createClient, disconnect, publish, tick } from "../src/index.ts";
