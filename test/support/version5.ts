import type { IPublishPacket, Packet } from "mqtt-packet";
import * as sources from "../../src/index.ts";
import type { Part, Version5Client, Version5Options } from "../../src/index.ts";
import { createLoggedClient, dial } from "./fake-link.ts";
import type { FakeLink, Told } from "./fake-link.ts";

/** A client of MQTT 5.0 on a fake link that logs what it is told, and the properties that come with it. */
export interface Version5Told {
  client: Version5Client;
  link: FakeLink;
  log: string[];
}

/** Tools for the client of `module`: the sources, or what is built of them. */
export function toolsOf(module: typeof sources) {
  /** A client with `parts` besides that of 5.0. */
  function createVersion5Client(options: Partial<Version5Options> = {}, parts: Part[] = []): Version5Told {
    const said = (line: string): void => {
      const { properties, reasonCode } = told.client as Version5Client;
      const list = module.readProperties(properties);
      const code = line.startsWith("acknowledge") && reasonCode ? ` code ${reasonCode}` : "";
      told.log.push(line + code + (list.length ? ` ${JSON.stringify(list)}` : ""));
    };
    const told: Told = createLoggedClient(
      {
        protocolVersion: 5,
        onConnect: (sessionPresent) => said(`connect ${sessionPresent}`),
        onDisconnect: (reasonCode, seconds) => said(`disconnect ${reasonCode} ${seconds ? "again" : "end"}`),
        onMessage: (topic, payload, flags) => said(`message ${topic} ${payload} ${flags}`),
        onSubscribe: (topicFilter, reasonCode) => said(`subscribe ${topicFilter} ${reasonCode}`),
        onUnsubscribe: (topicFilter, reasonCode) => said(`unsubscribe ${topicFilter} ${reasonCode}`),
        onAcknowledge: (packetId) => said(`acknowledge ${packetId}`),
        onDrop: (reasonCode, packetId, topic) => said(`drop ${reasonCode} ${packetId} ${topic}`),
        ...options,
      },
      [module.version5, ...parts],
      module.createClient,
    );
    return told as Version5Told;
  }

  /** The server accepts the attempt under way, with these properties; what was written and told for it is forgotten. */
  function accept(told: Version5Told, properties = {}, sessionPresent = false): void {
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent, properties });
    told.log.length = 0;
  }

  /** A client that is connected to a server with these properties. */
  function createConnected(
    properties = {},
    options: Partial<Version5Options> = {},
    parts?: Part[],
  ): Version5Told {
    const told = createVersion5Client(options, parts);
    dial(told, module);
    accept(told, properties);
    return told;
  }

  return { createVersion5Client, accept, createConnected };
}

export const { createVersion5Client, accept, createConnected } = toolsOf(sources);

/** A PUBLISH from the server. */
export function message(
  topic: string,
  payload: string,
  properties: IPublishPacket["properties"] = {},
  more: Partial<IPublishPacket> = {},
): Packet {
  return { cmd: "publish", topic, payload, qos: 0, dup: false, retain: false, properties, ...more };
}

/** The packets written, of one kind. */
export function written<Command extends Packet["cmd"]>(
  told: { link: FakeLink },
  cmd: Command,
): Array<Extract<Packet, { cmd: Command }>> {
  return told.link.packets().filter((packet) => packet.cmd === cmd) as never;
}
