/** The minified client and a broker that is rebooted, which keeps sessions on its disk or loses them. */
import assert from "node:assert/strict";
import { startMosquitto } from "../support/brokers.ts";
import type { RebootingBroker } from "../support/brokers.ts";
import { mosquitto, withProgram } from "../support/engines.ts";
import { createParty, ristretto } from "../support/party.ts";
import type { Party } from "../support/party.ts";

const { QOS_1, QOS_2 } = ristretto;

withProgram("mosquitto that is rebooted", mosquitto, true, (path) => {
  let broker: RebootingBroker;
  let parties: Party[];

  async function start(settings: string): Promise<[giver: Party, taker: Party]> {
    broker = await startMosquitto(path, `allow_anonymous true\n${settings}`);
    const giver = createParty(broker.port, { clientId: "giver", clean: false });
    const taker = createParty(broker.port, { clientId: "taker", clean: false });
    parties = [giver, taker];
    for (const party of parties) await party.online();
    await taker.subscribe("once", 2);
    return [giver, taker];
  }

  /** Both are told that the connection is lost, and come back. */
  async function reboot(signal: NodeJS.Signals): Promise<string[]> {
    const connected = parties.filter(({ client }) => client.connected);
    const told = connected.map(({ log, until }) => until(/^disconnect/, log.length));
    await broker.reboot(signal);
    await Promise.all(told);
    const lines: string[] = [];
    for (const party of parties) lines.push(await party.online());
    return lines;
  }

  afterEach(async () => {
    await Promise.all(parties.map((party) => party.leave()));
    await broker.stop();
  });

  it("has each message at QoS 2 exactly once and in order, wherever in its exchange the broker went [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.4.0-1]", async function () {
    this.timeout(60_000);
    const [giver, taker] = await start("persistence true\npersistence_location FOLDER/");
    for (let count = 1; count <= 8; count++) {
      const from = giver.log.length;
      const packetId = ristretto.publish(giver.client, "once", String(count), QOS_2);
      if (count % 2) {
        // Its PUBREC or its PUBCOMP is lost; so are those of the taker, who is cut at the same time.
        giver.link.cutAfter(count % 4 === 1 ? 1 : 2);
        taker.link.cutAfter(count % 4 === 1 ? 2 : 1);
        await giver.until(/^disconnect/, from);
        assert.deepEqual(await reboot("SIGTERM"), ["connect true", "connect true"]);
      }
      await giver.until(`acknowledge ${packetId}`, from);
      // With DUP where the taker's connection was cut first.
      await taker.until(new RegExp(`^message once ${count} `));
    }
    // A message that comes twice comes before the next one is through.
    await giver.publish("once", "end", QOS_2);
    await taker.until(`message once end ${QOS_2}`);
    assert.deepEqual(
      taker.messages().map((message) => message.split(" ")[1]),
      ["1", "2", "3", "4", "5", "6", "7", "8", "end"],
    );
  });

  it("that lost its sessions gets all again that it has not acknowledged, and subscriptions anew", async function () {
    this.timeout(60_000);
    const [giver, taker] = await start("persistence false");
    const from = giver.log.length;
    const lost = ristretto.publish(giver.client, "once", "sent", QOS_2);
    const waits = ristretto.publish(giver.client, "once", "waits", QOS_1);
    giver.link.cut();
    await giver.until(/^disconnect/, from);
    assert.deepEqual(await reboot("SIGKILL"), ["connect false", "connect false"]);
    for (const packetId of [lost, waits]) await giver.until(`acknowledge ${packetId}`, from);
    await taker.until(/^subscribe once 2/, taker.log.indexOf("connect false", 1));
    await giver.publish("once", "new", QOS_2);
    await taker.until(`message once new ${QOS_2}`);
    assert.deepEqual(
      giver.log.filter((line) => line.startsWith("drop")),
      [],
    );
  });
});
