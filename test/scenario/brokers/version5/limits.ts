/** What a server and a client of MQTT 5.0 allow each other. */
import assert from "node:assert/strict";
import { parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { ristretto } from "../../../support/party.ts";
import type { Party } from "../../../support/party.ts";
import type { BrokerScenario, Table } from "../table.ts";

const {
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  QOS_0,
  QOS_1,
  QOS_2,
  RECEIVE_MAXIMUM,
  RETAIN,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
} = ristretto;

const PUBACK = 0x40;

/** Seconds. */
const LONG_KEEPALIVE = 600;

/** The packets that a client has sent on its newest connection. */
export function packetsOf({ link }: Party): Packet[] {
  const packets: Packet[] = [];
  const taking = parser({ protocolVersion: 5 });
  taking.on("packet", (packet) => packets.push(packet));
  taking.parse(Buffer.from(link.said, "latin1"));
  return packets;
}

/** Gives how many messages of five a client is sent at once that can have two under way, and acknowledges none. */
export async function sentAtOnce(table: Table): Promise<number> {
  const taker = await table.guest("taker", { properties: [RECEIVE_MAXIMUM, 2] });
  await taker.subscribe("flood", 1);
  await taker.subscribe("mark", 0);
  const release = taker.link.withhold(PUBACK);
  const giver = await table.guest("giver");
  for (const payload of ["1", "2", "3", "4", "5"]) await giver.publish("flood", payload, QOS_1);
  await giver.publish("mark", "", QOS_0);
  await taker.until("message mark  0");
  const count = taker.messages().filter((message) => message.startsWith("flood")).length;
  release();
  await taker.until("message flood 5 2");
  return count;
}

/** Publishes a message that is too large for a subscriber, and one that is not; gives who takes them. */
export async function tooLarge(table: Table): Promise<Party> {
  const taker = await table.guest("small", { maximumPacketSize: 200 });
  await taker.subscribe("large", 1);
  const giver = await table.guest("giver");
  for (const size of [300, 30]) await giver.publish("large", "x".repeat(size), QOS_1);
  return taker;
}

export const LIMITS: readonly BrokerScenario[] = [
  {
    claim: "can set the keep alive of its clients (Server Keep Alive)",
    async run(table) {
      const other = await table.another({ keepalive: 30 });
      const guest = await other.guest("guest", { keepalive: LONG_KEEPALIVE });
      assert.equal(guest.allowed(SERVER_KEEP_ALIVE), 30);
      const answered = guest.link.pong();
      for (let second = 0; second < 30; second++) ristretto.tick(guest.client);
      await answered;
    },
  },
  {
    claim: "can limit the messages on their way to it (Receive Maximum)",
    async run(table) {
      const other = await table.another({ receiveMaximum: 3 });
      const giver = await other.guest("giver", { receiveMaximum: 8 });
      assert.equal(giver.allowed(RECEIVE_MAXIMUM), 3);
      for (let count = 0; count < 10; count++) ristretto.publish(giver.client, "flood", "x", QOS_1);
      assert.equal(packetsOf(giver).filter(({ cmd }) => cmd === "publish").length, 3);
      await giver.until("acknowledge 10");
      assert.equal(giver.client.connected, true);
    },
  },
  {
    claim: "has no more messages on their way to a client than that allows (Receive Maximum)",
    async run(table) {
      assert.equal(await sentAtOnce(table), 2);
    },
  },
  {
    claim: "can limit the size of packets to it (Maximum Packet Size)",
    async run(table) {
      const other = await table.another({ maximumPacketSize: 400 });
      const giver = await other.guest("giver");
      assert.equal(giver.allowed(MAXIMUM_PACKET_SIZE), 400);
      await giver.subscribe("large", 1);
      assert.equal(ristretto.publish(giver.client, "large", "x".repeat(400), QOS_1), -0x95);
      // Header and length 3, topic 7, packet id 2, properties 1: 400 bytes in all.
      const largest = "x".repeat(387);
      await giver.publish("large", largest, QOS_1);
      await giver.until(`message large ${largest} 2`);
      assert.equal(giver.client.connected, true);
    },
  },
  {
    claim: "spares a client messages that are too large for it (Maximum Packet Size)",
    async run(table) {
      const taker = await tooLarge(table);
      const small = `message large ${"x".repeat(30)} 2`;
      assert.equal(await taker.until(/^(message large|disconnect)/), small);
      assert.equal(taker.client.connected, true);
    },
  },
  {
    claim: "can limit the QoS of messages to it (Maximum QoS)",
    async run(table) {
      const other = await table.another({ maximumQos: 1 });
      const giver = await other.guest("giver");
      assert.equal(giver.allowed(MAXIMUM_QOS), 1);
      assert.equal(ristretto.publish(giver.client, "two", "x", QOS_2), -0x9b);
      assert.equal(await giver.subscribe("two", 2), 1);
      await giver.publish("two", "one", QOS_1);
      await giver.until("message two one 2");
    },
  },
  {
    claim: "can refuse to keep messages (Retain Available)",
    async run(table) {
      const other = await table.another({ retainAvailable: false });
      const giver = await other.guest("giver");
      assert.equal(giver.allowed(RETAIN_AVAILABLE), 0);
      assert.equal(ristretto.publish(giver.client, "kept", "x", RETAIN), -0x9a);
      const will = { topic: "kept", payload: "x", retain: true };
      assert.equal(await other.party("testator", { will }).online(), "disconnect 154");
    },
  },
];
