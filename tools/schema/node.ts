/** The schema of node.json: the configuration of hw/config.ts, and what only the host needs. */
import { DEFINITIONS } from "./refinement.ts";
import { sensorSchema } from "./sensors.ts";
import { choice, flag, object, text, whole } from "./words.ts";
import type { Schema } from "./words.ts";

/** Boards by the word for them. */
export const BOARD_WORDS = ["esp32", "esp8266"] as const;

/** Members that the board is not told. */
export const HOST_MEMBERS = ["$schema", "board"];

const certificate = (what: string): Schema => ({
  type: "string",
  minLength: 1,
  description: `${what} PEM, or the name of a file with it, beside the configuration.`,
});

export function nodeSchema(): Schema {
  const node = object(
    {
      $schema: { type: "string" },
      board: choice(BOARD_WORDS, "Which board it is for."),
      wifi: object(
        {
          ssid: text(1, 32, "Name of the network."),
          password: {
            anyOf: [{ const: "" }, text(8, 63, "Password.")],
            description: "8 to 63 bytes; empty for an open network. It belongs into the file of secrets.",
          },
        },
        ["ssid"],
        "The network.",
      ),
      broker: object(
        {
          host: text(1, 255, "Name or address, without mqtt://.", { pattern: "^[^/]*$" }),
          port: whole(1, 65535, "TCP port; default 1883, with TLS 8883."),
          tls: {
            anyOf: [
              { type: "boolean" },
              object(
                {
                  ca: certificate(
                    "Certificate of the authority. The board sends it nowhere and checks nothing by it.",
                  ),
                  cert: certificate("The client's certificate."),
                  key: certificate("Its private key; the file of secrets is a place for it."),
                },
                [],
                "Certificates.",
              ),
            ],
            description: "ESP32 only: encrypt; true, or certificates. Espruino verifies nobody.",
          },
          clientId: text(1, 65535, "Must be unique at the broker; default ristretto- and the board's id."),
          username: text(0, 65535, "User name."),
          password: text(0, 65535, "Password. It belongs into the file of secrets."),
          keepalive: whole(0, 65535, "Seconds; 0 is off.", 60),
          clean: flag("false: the broker keeps the session.", true),
        },
        ["host"],
        "The MQTT broker.",
      ),
      base: text(1, 65535, "What all topics begin with; default ristretto/ and the board's id.", {
        pattern: "^[^+#\\u0000]*$",
      }),
      period: whole(1, 86400, "Seconds from sample to sample.", 60),
      values: flag("Also publish each value to a topic of its own.", false),
      sensors: {
        type: "array",
        items: sensorSchema(),
        minItems: 1,
        description: "The sensors; default one bme280.",
      },
      discovery: {
        title: "Home Assistant discovery",
        default: false,
        anyOf: [
          { type: "boolean" },
          object(
            {
              prefix: text(
                1,
                65535,
                "What Home Assistant's discovery topics begin with; default homeassistant.",
                {
                  pattern: "^[^+#\\u0000]*$",
                },
              ),
              name: text(
                1,
                64,
                "What the device is called there; default base, with spaces for its slashes.",
                {
                  pattern: "^[^\\u0000-\\u001f]*$",
                },
              ),
            },
            [],
            "How.",
          ),
        ],
        description: "Let Home Assistant find the node: true, or an object with prefix and name.",
      },
      ntp: text(0, 63, "SNTP server; with it readings carry ts."),
      queue: object(
        {
          readings: whole(1, 10000, "Readings that wait while there is no connection."),
          limit: whole(1, 1000, "Other messages that wait.", 50),
          bytes: whole(64, 65535, "Their bytes.", 2048),
          policy: choice(
            ["drop-oldest", "drop-newest"],
            "What gives way when there is no room.",
            "drop-oldest",
          ),
        },
        [],
        "What waits for a connection.",
      ),
    },
    ["board", "wifi", "broker"],
    "A ristretto node.",
  );
  node.properties!.broker!.dependencies = { password: ["username"] };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "ristretto node",
    ...node,
    definitions: DEFINITIONS,
  };
}
