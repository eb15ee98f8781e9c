/** A subscriber of its own, which hears from the broker what really arrived there; the library is not ours. */
import mqtt from "mqtt";
import type { MqttClient } from "mqtt";
import { pemOf } from "./certificates.ts";
import type { DeviceTls } from "./certificates.ts";
import { UserError } from "./user-error.ts";

export interface WatcherOptions {
  host: string;
  port: number;
  username?: string | undefined;
  password?: string | undefined;
  /** As the board has it: the same certificate is shown, and the broker's is verified where there is a `ca`. */
  tls?: DeviceTls["tls"] | undefined;
  /** Topics below it are heard, unless `topics` are named. */
  base: string;
  topics?: string[];
  onMessage(topic: string, payload: string, qos: number, retain: boolean): void;
}

/** Options of Node's TLS; whoever dials an address cannot expect it in a certificate. */
function tlsOptions(tls: DeviceTls["tls"]): object {
  const { ca, cert, key } = typeof tls === "object" ? tls : {};
  return {
    protocol: "mqtts",
    rejectUnauthorized: ca !== undefined,
    checkServerIdentity: () => undefined,
    ...(ca === undefined ? {} : { ca: pemOf("ca", ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: pemOf("cert", cert), key: pemOf("key", key) }),
  };
}

const HUNG_UP = "it closed the connection, or does not answer";

/** Connects, subscribes, and stays; rejects in one clear line when the broker cannot be used. */
export async function watch(options: WatcherOptions): Promise<MqttClient> {
  const { host, port, username, password, tls, base } = options;
  const client = mqtt.connect({
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? tlsOptions(tls) : {}),
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
      // OpenSSL's own text has several lines and the name of a source file.
      const { code, reason } = error as { code?: unknown; reason?: unknown };
      // Whether a hang-up is an error or an end is up to what was under way.
      if (code === "ECONNRESET" || code === "EPIPE") refuse(HUNG_UP);
      else if (typeof reason === "string") refuse(`TLS failed (${reason})`);
      else refuse(code === "ECONNREFUSED" ? "nothing answers there" : error.message);
    });
    client.once("close", () => {
      refuse(HUNG_UP);
    });
  });
  client.removeAllListeners("close");
  client.on("error", () => undefined);
  try {
    await client.subscribeAsync(options.topics ?? `${base}/#`, { qos: 1 });
  } catch {
    client.end(true);
    throw new UserError(`The broker ${host}:${port} does not let this client hear ${base}.`);
  }
  return client;
}
