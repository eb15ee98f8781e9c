/** All that is tried with brokers, in the order of docs/brokers.md. */
import type { BrokerPeer } from "./peer.ts";
import { aedes } from "./peers/aedes.ts";
import { mosquitto } from "./peers/mosquitto.ts";
import { nats } from "./peers/nats.ts";
import { rabbit } from "./peers/rabbit.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { BrokerScenario, Version } from "./table.ts";
import { LIMITS } from "./version5/limits.ts";
import { MESSAGES } from "./version5/messages.ts";
import { OLDER } from "./version5/older.ts";
import { SESSIONS } from "./version5/sessions.ts";
import { SUBSCRIPTIONS } from "./version5/subscriptions.ts";

export const PEERS: readonly BrokerPeer[] = [mosquitto, aedes, rabbit, nats];

/** Scenarios of one protocol, for the brokers that have it. */
export interface Chapter {
  title: string;
  version: Version;
  isFor(peer: BrokerPeer): boolean;
  /** Are its scenarios those of a chapter before it? */
  isRepetition?: boolean;
  scenarios: readonly BrokerScenario[];
}

const all = (): boolean => true;
const newer = ({ hasVersion5 }: BrokerPeer): boolean => hasVersion5;
const older = ({ hasVersion5 }: BrokerPeer): boolean => !hasVersion5;

export const CHAPTERS: readonly Chapter[] = [
  { title: "MQTT 3.1.1", version: 4, isFor: all, scenarios: SCENARIOS },
  {
    title: "MQTT 5.0: what 3.1.1 has too",
    version: 5,
    isFor: newer,
    isRepetition: true,
    scenarios: SCENARIOS,
  },
  { title: "MQTT 5.0: connections, sessions and wills", version: 5, isFor: newer, scenarios: SESSIONS },
  { title: "MQTT 5.0: limits, both ways", version: 5, isFor: newer, scenarios: LIMITS },
  { title: "MQTT 5.0: messages and reason codes", version: 5, isFor: newer, scenarios: MESSAGES },
  { title: "MQTT 5.0: subscriptions", version: 5, isFor: newer, scenarios: SUBSCRIPTIONS },
  { title: "Brokers without MQTT 5.0", version: 5, isFor: older, scenarios: OLDER },
];
