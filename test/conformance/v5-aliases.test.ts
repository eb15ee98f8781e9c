/** What MQTT 5.0 asks of topic aliases, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Part, Version5Options } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import { connected, createConnected, endOf, ends, idOf, incoming, resume } from "./wire5.ts";

const { publish, publishWith, QOS_1, QOS_2, RETAIN, topicAliases } = ristretto;

const alias = (number: number, topic = "a"): string => incoming(0, topic, 0, `\x23${idOf(number)}`, "x");

const FLAGS = fc.constantFrom(...[0, QOS_1, QOS_2].flatMap((qos) => [qos, qos | RETAIN]));

describe("the topic alias maximum that the client told", () => {
  it("is kept by the server, or the connection ends with 0x94 [MQTT5-3.1.2-26]", () => {
    for (const maximum of [1, 5, 300]) {
      const make = (): Version5Told => createConnected({}, { topicAliasMaximum: maximum }, [topicAliases]);
      for (const number of [maximum + 1, maximum + 256, 65535])
        assert.deepEqual(endOf(make(), alias(number)), ends(0x94));
      const told = make();
      told.link.receive(alias(maximum));
      assert.deepEqual(told.log, [`message a x 0 [35,${maximum}]`]);
    }
  });

  it("is 0 where none was told, and then any alias ends the connection with 0x94 [MQTT5-3.1.2-27]", () => {
    for (const number of [1, 2, 65535]) assert.deepEqual(endOf(createConnected(), alias(number)), ends(0x94));
  });
});

describe("topic aliases of 5.0", () => {
  const withAliases = (
    maximum: number,
    options: Partial<Version5Options> = {},
  ): [Partial<Version5Options>, Part[]] => [{ ...options, topicAliasMaximum: maximum }, [topicAliases]];

  it("from 1 to the maximum of CONNECT are all taken, each for its topic [MQTT5-3.3.2-10]", () => {
    const told = connected({}, ...withAliases(300));
    for (let number = 1; number <= 300; number++) told.link.receive(alias(number, `t${number}`));
    told.log.length = 0;
    for (let number = 300; number; number--) told.link.receive(alias(number, ""));
    assert.deepEqual(
      told.log,
      Array.from({ length: 300 }, (_, index) => `message t${300 - index} x 0 [35,${300 - index}]`),
    );
    const largest = connected({}, ...withAliases(65535));
    largest.link.receive(alias(65535, "last") + alias(65535, ""));
    assert.equal(largest.log.length, 2);
  });

  it("above that maximum end the connection with 0x94, and so does 0 [MQTT5-3.3.2-8] [MQTT5-3.3.2-11]", () => {
    for (const number of [0, 4, 259, 65535])
      for (const topic of ["t", ""])
        assert.deepEqual(endOf(connected({}, ...withAliases(3)), alias(number, topic)), ends(0x94));
  });

  it("of the client are never 0, nor above the maximum of CONNACK [MQTT5-3.3.2-8] [MQTT5-3.3.2-9]", () => {
    const topics = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 30 });
    check(
      fc.property(topics, fc.integer({ min: 1, max: 6 }), FLAGS, (given, topicAliasMaximum, flags) => {
        const told = connected({ topicAliasMaximum }, ...withAliases(6, { receiveMaximum: 30 }));
        for (const topic of given) publish(told.client, topic, "", flags);
        const found = written(told, "publish").map(({ properties }) => properties!.topicAlias!);
        assert.equal(found.length, given.length);
        for (const number of found) assert.ok(number >= 1 && number <= topicAliasMaximum, String(number));
      }),
    );
    const told = connected({ topicAliasMaximum: 6 });
    // 35 is TOPIC_ALIAS.
    for (const number of [0, 1, 7]) assert.equal(publishWith(told.client, "t", "", 0, [35, number]), -0x82);
  });

  it("of either side end with their connection [MQTT5-3.3.2-7]", () => {
    const told = connected({ topicAliasMaximum: 3 }, ...withAliases(3, { clean: false }));
    told.link.receive(alias(1, "t"));
    for (const payload of ["1", "2"]) publish(told.client, "a", payload, QOS_1);
    assert.deepEqual(
      written(told, "publish").map(({ topic }) => topic),
      ["a", ""],
    );
    resume(told, true, { topicAliasMaximum: 3 });
    assert.deepEqual(
      written(told, "publish").map(({ topic }) => topic),
      ["a", ""],
    );
    told.log.length = 0;
    assert.deepEqual(endOf(told, alias(1, "")), ends(0x82));
  });
});
