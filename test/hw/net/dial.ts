/** A link that keeps what it reports, and somebody to talk to, for the tests of the TCP link. */
import assert from "node:assert/strict";
import type { Peer, TlsServer } from "../../../sim/world.ts";
import type { Link, LinkHandlers } from "../../../src/link.ts";
import type { ModuleBench } from "../../support/module-world.ts";

/** A link and what it reported, in order. */
export interface Dialled {
  link: Link;
  log: string[];
}

export const HOST = "peer";

/** What the other side was sent, and its ends of the connections. */
export interface Heard {
  peers: Peer[];
  text: string;
}

/** Listens at peer:7, with TLS if that is given, and keeps what it is sent. */
export function listen(
  { world }: ModuleBench,
  onPeer: (peer: Peer) => void = () => undefined,
  tls?: TlsServer,
): Heard {
  const heard: Heard = { peers: [], text: "" };
  const accept = (peer: Peer): void => {
    heard.peers.push(peer);
    peer.onData = (bytes) => (heard.text += bytes.toString("latin1"));
    onPeer(peer);
  };
  world.network.listen(HOST, 7, accept, tls);
  return heard;
}

export const createLink = (bench: ModuleBench): Link => bench.run("m.createTcpLink()") as Link;

/** Opens a link that reports into a log, and sees to it that it reports nothing while `open` runs. */
export function dial(
  link: Link,
  { host = HOST, port = 7, ...own }: Partial<LinkHandlers & { host: string; port: number }> = {},
): Dialled {
  const log: string[] = [];
  let inside = true;
  const report = (text: string): void => {
    assert.equal(inside, false, `${text} was reported from inside open`);
    log.push(text);
  };
  link.open(
    { host, port },
    {
      onOpen: () => (report("open"), own.onOpen?.()),
      onData: (bytes) => (report(`data ${bytes}`), own.onData?.(bytes)),
      onDrain: () => (report("drain"), own.onDrain?.()),
      onClose: (reason) => (report(`close 0x${reason.toString(16)}`), own.onClose?.(reason)),
    },
  );
  inside = false;
  return { link, log };
}

/** Without the drains, whose number differs by board. */
export const withoutDrains = ({ log }: Dialled): string[] => log.filter((line) => line !== "drain");

/** Leaves the network, so that the board has no address. */
export async function leaveWifi({ run, world }: ModuleBench): Promise<void> {
  run('require("Wifi").disconnect()');
  await world.runFor(100);
}
