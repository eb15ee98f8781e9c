/** A broker that clients are tried with, and where it does other than was expected of it. */
import type { Broker, Login } from "../../support/aedes.ts";
import type { BrokerScenario, BrokerOptions, Table, Version } from "./table.ts";

/** What a broker does instead, which is tested like everything else: a broker that gets better is noticed. */
export interface Deviation {
  /** How the claim of the scenario begins. */
  claim: string;
  instead: string;
  run(table: Table): Promise<void>;
}

/** How a broker is told to do what a scenario expects. */
export interface Setting {
  /** How the claim of the scenario begins. */
  claim: string;
  by: string;
}

export interface BrokerPeer {
  name: string;
  /** Where it comes from. */
  source: string;
  /** Undefined: it needs no program. */
  program: string | undefined;
  isLibrary?: boolean;
  hasVersion5: boolean;
  /** One that takes this login alone, lets it neither publish nor subscribe below `forbidden`, and has these options. */
  start(path: string, login: Login, options: BrokerOptions): Promise<Broker>;
  /** By protocol. */
  deviations: Record<Version, readonly Deviation[]>;
  settings?: readonly Setting[];
}

/** The deviation of a broker from a scenario. */
export function deviationOf(
  { deviations }: BrokerPeer,
  version: Version,
  { claim }: BrokerScenario,
): Deviation | undefined {
  return deviations[version].find((deviation) => claim.startsWith(deviation.claim));
}

/** The setting that a scenario needs of a broker. */
export function settingOf({ settings = [] }: BrokerPeer, { claim }: BrokerScenario): string | undefined {
  return settings.find((setting) => claim.startsWith(setting.claim))?.by;
}
