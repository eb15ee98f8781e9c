/** The schema of node.json: the configuration of hw/config.ts, and what only the host needs. */
import { BOARD_WORDS } from "../../boards/named.ts";
import { boardNames } from "./boards.ts";
import { DEFINITIONS } from "./refinement.ts";
import { sensorSchema } from "./sensors.ts";
import { choice, flag, object, text, whole } from "./words.ts";
import type { Schema } from "./words.ts";

/** Members that the board is not told. */
export const HOST_MEMBERS = ["$schema", "board"];

const certificate = (what: string): Schema => ({
  type: "string",
  minLength: 1,
  description: `${what}: PEM, or the name of a file with it, beside the configuration. Default: none.`,
});

export function nodeSchema(): Schema {
  const node = object(
    {
      $schema: { type: "string", description: "Where editors find this schema. Default: none." },
      board: choice(
        BOARD_WORDS,
        "Which board it is for: its pins, its memory, and whether it has TLS hang on that.",
      ),
      wifi: object(
        {
          ssid: text(1, 32, "Name of the network; the boards have 2.4 GHz alone."),
          password: {
            anyOf: [{ const: "" }, text(8, 63, "Password.")],
            description:
              "Password of the network, 8 to 63 bytes; empty for an open one. It belongs into the file of secrets. Default: an open network.",
          },
        },
        ["ssid"],
        "The network.",
      ),
      broker: object(
        {
          host: text(1, 255, "The name or the address alone, without mqtt:// or a path.", {
            pattern: "^[^/]*$",
          }),
          port: whole(1, 65535, "TCP port. Default: 1883, with TLS 8883."),
          tls: {
            anyOf: [
              { type: "boolean" },
              object(
                {
                  ca: certificate(
                    "Certificate of the authority that signed the broker's, which the board carries along and checks nothing by",
                  ),
                  cert: certificate("Certificate of the node, which the broker may ask for"),
                  key: certificate(
                    "Private key of that certificate, RSA or on the curves P-256, P-384 and P-521, not encrypted; needed with it, and of use in the file of secrets",
                  ),
                },
                [],
                "Certificates.",
              ),
            ],
            default: false,
            description: `Encrypt, with an object by certificates, too. Espruino verifies nobody, and has no TLS on an ${boardNames(({ env }) => !env.MODULES.includes("tls")).join(", ")}.`,
          },
          clientId: text(
            1,
            65535,
            "What the broker knows the node by: two of one name throw each other out. Default: ristretto- and the board's id.",
          ),
          username: text(0, 65535, "User name at the broker. Default: none."),
          password: text(
            0,
            65535,
            "Password at the broker, only with a user name. It belongs into the file of secrets. Default: none.",
          ),
          keepalive: whole(
            0,
            65535,
            "Seconds without traffic after which the node pings; the broker tells it offline after 1.5 times that. 0 is off: then a node that vanished stays online.",
            60,
          ),
          clean: flag(
            "Does the broker forget the session when the connection ends? With false it keeps it.",
            true,
          ),
        },
        ["host"],
        "The MQTT broker.",
      ),
      base: text(
        1,
        65535,
        "What all topics begin with: a topic without + and #. Default: ristretto/ and the board's id.",
        { pattern: "^[^+#\\u0000]*$" },
      ),
      period: whole(
        1,
        86400,
        "Seconds from sample to sample, for sensors without a period of their own.",
        60,
      ),
      values: flag("Also publish each value to a topic of its own, <sensor>/<quantity>?", false),
      sensors: {
        type: "array",
        items: sensorSchema(),
        minItems: 1,
        description: "The sensors, at least one. Default: one bme280.",
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
                "What Home Assistant's discovery topics begin with. Default: homeassistant.",
                {
                  pattern: "^[^+#\\u0000]*$",
                },
              ),
              name: text(
                1,
                64,
                "What the device is called there. Default: base, with spaces for its slashes.",
                {
                  pattern: "^[^\\u0000-\\u001f]*$",
                },
              ),
            },
            [],
            "How.",
          ),
        ],
        description: "Whether Home Assistant finds the node: true, or an object with prefix and name.",
      },
      key: text(
        16,
        64,
        "Obey only commands that are signed with this text, 16 to 64 bytes. It belongs into the file of secrets. Default: obey anybody.",
      ),
      ntp: text(
        0,
        63,
        "SNTP server, which sets the clock: with it readings carry the time of day. Default: none.",
      ),
      restart_after: {
        anyOf: [{ const: 0 }, { type: "integer", minimum: 600, maximum: 86400 }],
        default: 900,
        description:
          "Seconds without an acknowledged message after which the node restarts, in steps of a minute: 600…86400; 0: never. Readings that wait are kept.",
      },
      queue: object(
        {
          readings: whole(
            1,
            10000,
            "Readings and faults that wait while there is no connection; a further one takes the place of the oldest. Default: one for every 16 variables of the board, 100 on an ESP8266.",
          ),
          limit: whole(1, 1000, "Messages that may be under way or wait besides.", 50),
          bytes: whole(64, 65535, "Bytes of those messages together.", 2048),
          policy: choice(
            ["drop-oldest", "drop-newest"],
            "What is lost when there is no room: the oldest that waits, or the new one.",
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
