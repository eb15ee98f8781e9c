/** A subscriber of its own, which hears from the broker what really arrived there; the library is not ours. */
import mqtt from "mqtt";
import type { MqttClient } from "mqtt";
import { UserError } from "./user-error.ts";

export interface WatcherOptions {
  host: string;
  port: number;
  username?: string | undefined;
  password?: string | undefined;
  /** Topics below it are heard. */
  base: string;
  onMessage(topic: string, payload: string, qos: number, retain: boolean): void;
}

const HUNG_UP = "it closed the connection, or does not answer";

/** Connects, subscribes, and stays; rejects in one clear line when the broker cannot be used. */
export async function watch(options: WatcherOptions): Promise<MqttClient> {
  const { host, port, username, password, base } = options;
  const client = mqtt.connect({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    reconnectPeriod: 500,
    connectTimeout: 5000,
  });
  client.on("message", (topic, payload, { qos, retain }) => {
    options.onMessage(topic, payload.toString(), qos, retain);
  });
  await new Promise<void>((resolve, reject) => {
    const refuse = (reason: string): void => {
      client.end(true);
      reject(new UserError(`The broker ${host}:${port} cannot be used: ${reason}.`));
    };
    client.once("connect", () => {
      resolve();
    });
    client.once("error", (error) => {
      const code = (error as { code?: unknown }).code;
      // Whether a hang-up is an error or an end is up to what was under way.
      if (code === "ECONNRESET" || code === "EPIPE") refuse(HUNG_UP);
      else refuse(code === "ECONNREFUSED" ? "nothing answers there" : error.message);
    });
    client.once("close", () => {
      refuse(HUNG_UP);
    });
  });
  client.removeAllListeners("close");
  client.on("error", () => undefined);
  await client.subscribeAsync(`${base}/#`, { qos: 1 });
  return client;
}
