import type { UploadPlan } from "../../board/upload.ts";
import { bytesOf, textOf } from "./bytes.ts";
import type { Mistakes } from "./form.tsx";
import type { JsonObject, Schema } from "./schema.ts";

export const schema: Schema = {
  type: "object",
  required: ["board", "wifi", "broker"],
  properties: {
    board: { enum: ["esp32", "esp8266"], description: "Which chip the board has." },
    wifi: {
      type: "object",
      required: ["ssid"],
      properties: {
        ssid: { type: "string", description: "Name of the network." },
        password: { type: "string", writeOnly: true },
      },
    },
    broker: {
      type: "object",
      required: ["host"],
      properties: {
        host: { type: "string" },
        port: { type: "integer", default: 1883, minimum: 1, maximum: 65535 },
        username: { type: "string" },
        password: { type: "string", writeOnly: true },
        keepalive: { type: "integer", default: 60 },
      },
    },
    period: { type: "number", default: 60, description: "Seconds from sample to sample." },
    values: { type: "boolean", default: false },
    sensors: {
      type: "array",
      items: {
        type: "object",
        required: ["type"],
        properties: { type: { enum: ["bme280", "ds18b20"] }, name: { type: "string" } },
        oneOf: [
          {
            properties: {
              type: { const: "bme280" },
              data: { type: "string", examples: ["D21"] },
              clock: { type: "string" },
              chain: { type: "object" },
            },
          },
          {
            properties: { type: { const: "ds18b20" }, pin: { type: "string" }, rom: { type: "string" } },
            required: ["pin"],
          },
        ],
      },
    },
  },
};
export const EXAMPLE: JsonObject = {
  board: "esp32",
  wifi: { ssid: "" },
  broker: { host: "" },
  sensors: [{ type: "bme280" }],
};
export function check(c: JsonObject): { mistakes: Mistakes; warnings: string[] } {
  return { mistakes: (c as any).wifi?.ssid ? {} : { "/wifi/ssid": ["It must not be empty."] }, warnings: [] };
}
export async function planFor(configuration: JsonObject, isConfigOnly: boolean): Promise<UploadPlan> {
  const { board, ...config } = configuration;
  const code = isConfigOnly
    ? undefined
    : textOf(new Uint8Array(await (await fetch(`${board}.min.js`)).arrayBuffer()));
  return {
    board: board as "esp32",
    code,
    config: textOf(new TextEncoder().encode(JSON.stringify(config))),
  } as UploadPlan;
}
