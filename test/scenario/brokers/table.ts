/** A broker that runs, and clients that it knows: where a scenario takes place. */
import type { Part, Version5Options } from "../../../src/index.ts";
import type { Broker } from "../../support/aedes.ts";
import { createParty } from "../../support/party.ts";
import type { Party } from "../../support/party.ts";

/** The protocol levels of CONNECT: MQTT 3.1.1 and 5.0. */
export type Version = 4 | 5;

/** What a broker of MQTT 5.0 is told to allow, and to tell its clients. */
export interface BrokerOptions {
  keepalive?: number;
  maximumPacketSize?: number;
  receiveMaximum?: number;
  maximumQos?: 0 | 1;
  retainAvailable?: false;
  /** Where its clients are sent, as `host:port`. */
  serverReference?: string;
  responseInformation?: string;
}

type Invite<Guest> = (clientId: string, options?: Partial<Version5Options>, parts?: Part[]) => Guest;

export interface Table {
  readonly version: Version;
  /** Where the broker listens, on this machine. */
  readonly port: number;
  /** A client that has not connected. Ids are good for one scenario. */
  party: Invite<Party>;
  /** One that has, with whatever session. */
  guest: Invite<Promise<Party>>;
  /** Another broker of the same kind, for this scenario alone. */
  another(options: BrokerOptions): Promise<Table>;
  /** Ends the broker. */
  stop(): Promise<void>;
}

export interface BrokerScenario {
  /** What is expected of a broker, in words that follow its name. */
  claim: string;
  run(table: Table): Promise<void>;
}

/** Tables that are cleared together. */
export interface Room {
  table(broker: Broker, version: Version): Table;
  /** Has all clients leave, and ends the brokers that a scenario started. */
  clear(): Promise<void>;
}

/** Those who sit down have `login`; `start` makes a broker with options. */
export function createRoom(
  login: Partial<Version5Options>,
  start: (options: BrokerOptions) => Promise<Broker>,
): Room {
  let parties: Party[] = [];
  let others: Broker[] = [];
  let scenario = 0;

  function createTable(broker: Broker, version: Version): Table {
    const table: Table = {
      version,
      port: broker.port,
      party(clientId, options, parts) {
        // The one without an identifier gets one.
        const id = clientId && `s${scenario}${clientId}`;
        const settings = { clientId: id, protocolVersion: version, ...login, ...options };
        const party = createParty(broker.port, settings, parts);
        parties.push(party);
        return party;
      },
      async guest(clientId, options, parts) {
        const party = table.party(clientId, options, parts);
        const line = await party.online();
        if (!line.startsWith("connect")) throw new Error(`${clientId}: ${line}`);
        return party;
      },
      async another(options) {
        const other = await start(options);
        others.push(other);
        return createTable(other, version);
      },
      stop: () => broker.stop(),
    };
    return table;
  }

  return {
    table: createTable,
    async clear() {
      scenario++;
      await Promise.all(parties.map((party) => party.leave()));
      await Promise.all(others.map((other) => other.stop()));
      parties = [];
      others = [];
    },
  };
}
