/**
 * All of the client on the real interpreter at MQTT 5.0: over TCP with mosquitto, and another client at the other end. An interpreter
 * with an ESP8266's memory has no room for it.
 */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Properties } from "../../src/index.ts";
import type { Broker } from "../support/aedes.ts";
import type { Bed } from "../support/bed.ts";
import { clientOptions, told, untilTold } from "../support/client-bed.ts";
import { espruino, mosquitto as broker, withProgram } from "../support/engines.ts";
import { createInterpreterBed } from "../support/interpreter-bed.ts";
import { createParty, ristretto, valuesOf } from "../support/party.ts";
import type { Party } from "../support/party.ts";
import { mosquitto } from "../scenario/brokers/peers/mosquitto.ts";
import type { BrokerOptions } from "../scenario/brokers/table.ts";

const LOGIN = { username: "node", password: "correct-horse" };

const {
  CONTENT_TYPE,
  MAXIMUM_PACKET_SIZE,
  QOS_1,
  QOS_2,
  RECEIVE_MAXIMUM,
  SESSION_EXPIRY_INTERVAL,
  SERVER_KEEP_ALIVE,
  SUBSCRIPTION_IDENTIFIER,
  TOPIC_ALIAS_MAXIMUM,
  USER_PROPERTY,
  WILL_DELAY_INTERVAL,
} = ristretto;

/** Fewer variables have no room for all parts and the stand-ins. */
const ENOUGH = 3000;

/** The client made anew with the parts that are tried, and a message's properties told with it. */
const EQUIP = [
  "o.topicAliasMaximum = 4",
  "c = m.createClient(o, [m.version5, m.qos2, m.topicAliases])",
  'listOf = function () { return c.properties === "\\0" ? "" : " " + JSON.stringify(m.readProperties(c.properties)); }',
  'o.onMessage = function (topic, payload, flags) { tell("message " + topic + " " + payload + " " + flags + listOf()); }',
  'o.onAcknowledge = function (id) { tell("acknowledge " + id + (c.reasonCode ? " code " + c.reasonCode : "")); }',
].join(";");

withProgram("MQTT 5.0 on the interpreter", espruino, false, (path) => {
  before(async function () {
    const interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    interpreter.close();
    if (Number(total) >= ENOUGH) return;
    console.log(`    skipped: ${total} variables are too few for all parts`);
    this.skip();
  });

  withProgram("with mosquitto", broker, true, (program) => {
    let bed: Bed | undefined;
    const parties: Party[] = [];
    const brokers: Broker[] = [];

    afterEach(async () => {
      await bed?.close();
      bed = undefined;
      for (const party of parties.splice(0)) await party.leave();
      for (const running of brokers.splice(0)) await running.stop();
    });

    async function serve(options: BrokerOptions = {}): Promise<Broker> {
      const running = await mosquitto.start(program, LOGIN, options);
      brokers.push(running);
      return running;
    }

    /** A board that is connected, as "board". */
    async function start({ port }: Broker, settings: object = {}): Promise<Bed> {
      const options = { settings: { host: "127.0.0.1", port, ...LOGIN, ...settings } };
      bed = await createInterpreterBed(path, clientOptions("ESP32", options, "ristretto-full"));
      await untilTold(bed, "joined");
      await bed.type(EQUIP);
      await bed.type("m.connect(c)");
      await untilTold(bed, "connect false");
      return bed;
    }

    /** A client in this process that is connected. */
    async function guest({ port }: Broker): Promise<Party> {
      const party = createParty(port, { clientId: "guest", protocolVersion: 5, ...LOGIN });
      parties.push(party);
      assert.equal(await party.online(), "connect false");
      return party;
    }

    it("passes messages of each QoS both ways, with properties, in order", async () => {
      const running = await serve();
      const [board, other] = [await start(running), await guest(running)];
      await other.subscribe("from/board", 2);
      await board.type('m.subscribe(c, [{ topicFilter: "to/board", qos: 2 }])');
      await untilTold(board, "subscribe to/board 2");
      const properties: Properties = [
        CONTENT_TYPE,
        "text/plain",
        USER_PROPERTY,
        ["b", "1"],
        USER_PROPERTY,
        ["a", "2"],
      ];
      for (const qos of [0, 1, 2]) {
        await board.type(
          `m.publishWith(c, "from/board", "q${qos}", ${qos << 1}, ${JSON.stringify(properties)})`,
        );
        const { properties: passed } = await other.told(`message from/board q${qos} ${qos << 1}`);
        assert.deepEqual(passed, properties);
        await other.publish("to/board", `q${qos}`, qos << 1, properties);
        await untilTold(board, `message to/board q${qos} ${qos << 1} ${JSON.stringify(properties)}`);
      }
    });

    it("publishes each message at QoS 2 exactly once, though its connection ends again and again", async () => {
      const running = await serve();
      const [other, board] = [await guest(running), await start(running, { clean: false })];
      await other.subscribe("once", 2);
      for (let count = 1; count <= 6; count++) {
        // With what was written on its way, or at once.
        const end = count % 2 ? "; m.abort(c, 0xc3)" : "";
        await board.type(`m.publish(c, "once", "${count}", ${QOS_2})${end}`);
        await board.until(
          () => told(board).filter((line) => line.startsWith("acknowledge")).length === count,
        );
      }
      await other.until("message once 6 4");
      assert.deepEqual(
        other.messages(),
        [1, 2, 3, 4, 5, 6].map((count) => `once ${count} 4`),
      );
      assert.equal(told(board).filter((line) => line === "connect true").length, 3);
    });

    it("keeps to the server's limits, and says what it refuses", async () => {
      const running = await serve({
        keepalive: 30,
        maximumPacketSize: 200,
        receiveMaximum: 2,
        maximumQos: 1,
        retainAvailable: false,
      });
      const board = await start(running);
      await board.type(
        `[${SERVER_KEEP_ALIVE}, ${MAXIMUM_PACKET_SIZE}, ${RECEIVE_MAXIMUM}].forEach(function (id) { tell("limit " + m.readProperty(c.connackProperties, id)); })`,
      );
      for (const [flags, size] of [
        [QOS_2, 1],
        [QOS_1 | 1, 1],
        [QOS_1, 300],
      ])
        await board.type(
          `tell("refused " + -m.publish(c, "t", E.toString(new Uint8Array(${size})), ${flags}))`,
        );
      await board.type(`for (var i = 0; i < 5; i++) m.publish(c, "nobody/listens", "" + i, ${QOS_1})`);
      await untilTold(board, "acknowledge 5 code 16");
      await board.type(`m.publish(c, "forbidden/x", "x", ${QOS_1})`);
      await untilTold(board, "drop 135 6 forbidden/x");
      const lines = told(board).filter((line) => /^(limit|refused)/.test(line));
      assert.deepEqual(lines, [
        "limit 30",
        "limit 200",
        "limit 2",
        "refused 155",
        "refused 154",
        "refused 149",
      ]);
      assert.equal(
        told(board).some((line) => line.startsWith("disconnect")),
        false,
      );
    });

    it("has its topics go by aliases, and its messages by subscription identifiers, without its own", async () => {
      const running = await serve();
      const [board, other] = [await start(running), await guest(running)];
      await other.subscribe("shared/topic", 1);
      await board.type(
        `m.subscribeWith(c, [{ topicFilter: "shared/+", qos: 1, noLocal: true, subscriptionIdentifier: 300, onMessage: function (topic, payload) { tell("mine " + payload + listOf()); } }])`,
      );
      await untilTold(board, "subscribe shared/+ 1");
      await board.type(`tell("aliases " + m.readProperty(c.connackProperties, ${TOPIC_ALIAS_MAXIMUM}))`);
      // First with topic and alias, then with the alias alone.
      await board.type(
        "before = o.link.write; o.link.write = function (bytes) { if (bytes.charCodeAt(0) >> 4 === 3) tell('size ' + bytes.length); return before.call(this, bytes); }",
      );
      for (const payload of ["1", "2", "3"]) {
        await board.type(`m.publish(c, "shared/topic", "${payload}", ${QOS_1})`);
        await other.until(`message shared/topic ${payload} 2`);
      }
      await other.publish("shared/topic", "back", QOS_1);
      await untilTold(board, `mine back [${SUBSCRIPTION_IDENTIFIER},300]`);
      assert.deepEqual(
        told(board).filter((line) => /^(mine|aliases|size)/.test(line)),
        ["aliases 10", "size 23", "size 11", "size 11", `mine back [${SUBSCRIPTION_IDENTIFIER},300]`],
      );
    });

    it("asks and is answered, and answers who asks", async () => {
      const running = await serve();
      const [board, other] = [await start(running), await guest(running)];
      ristretto.subscribe(other.client, [
        {
          topicFilter: "ask/guest",
          onMessage: (_topic, payload) => void ristretto.respond(other.client, `${payload}!`, QOS_1),
        },
      ]);
      await other.until("subscribe ask/guest 0");
      await board.type(`r = m.createRequester(c, "re/board", ${QOS_1})`);
      await untilTold(board, "subscribe re/board 1");
      await board.type(
        'm.subscribe(c, [{ topicFilter: "ask/board", onMessage: function (topic, payload) { m.respond(c, payload + "?", 0); } }])',
      );
      await untilTold(board, "subscribe ask/board 0");
      for (const word of ["one", "two"])
        await board.type(
          `m.request(r, "ask/guest", "${word}", 600, function (code, payload) { tell("answer " + code + " " + payload); })`,
        );
      await untilTold(board, "answer 0 one!");
      await untilTold(board, "answer 0 two!");
      const requester = ristretto.createRequester(other.client, "re/guest", QOS_1);
      await other.until("subscribe re/guest 1");
      const answer = await new Promise((resolve) => {
        ristretto.request(requester, "ask/board", "who", 600, (code, payload) => resolve([code, payload]));
      });
      assert.deepEqual(answer, [0, "who?"]);
    });

    it("leaves a will that the server holds back, with its properties", async () => {
      const running = await serve();
      const other = await guest(running);
      await other.subscribe("gone", 1);
      const properties: Properties = [USER_PROPERTY, ["why", "cut"]];
      const board = await start(running, {
        properties: [SESSION_EXPIRY_INTERVAL, 600],
        reconnectPeriod: 0,
        will: { topic: "gone", payload: "x", qos: 1, properties: [WILL_DELAY_INTERVAL, 1, ...properties] },
      });
      await board.type("m.abort(c, 0xc3)");
      await untilTold(board, "disconnect 195 end");
      const will = await other.told("message gone x 2");
      assert.deepEqual(valuesOf(will, USER_PROPERTY), [["why", "cut"]]);
      assert.deepEqual(will.properties, properties);
    });
  });
});
