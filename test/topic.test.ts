import assert from "node:assert/strict";
import fc from "fast-check";
import { filterOf, isTopicName, matches } from "../src/topic.ts";
import { check } from "./support/arbitraries.ts";

describe("isTopicName", () => {
  for (const good of ["a", "/", "a/b", "a//b", "/a", " ", "$SYS/x", "a".repeat(65535), "\xc2\xb0C"]) {
    it(`accepts ${JSON.stringify(good.slice(0, 20))}`, () => {
      assert.equal(isTopicName(good, false), true);
    });
  }
  for (const [bad, why] of [
    ["", "[MQTT-4.7.3-1]"],
    ["a+", "[MQTT-3.3.2-2]"],
    ["+", "[MQTT-3.3.2-2]"],
    ["a/#", "[MQTT-3.3.2-2]"],
    ["a\0b", "[MQTT-4.7.3-2]"],
    ["a".repeat(65536), "[MQTT-4.7.3-3]"],
  ] as const) {
    it(`refuses ${JSON.stringify(bad.slice(0, 20))} ${why}`, () => {
      assert.equal(isTopicName(bad, true), false);
    });
  }
  for (const control of ["\x01", "\t", "\n", "\x1f", "\x7f"])
    it(`refuses ${JSON.stringify(control)} in topics of ours, and takes it from a server`, () => {
      assert.equal(isTopicName(`junk/blah${control}`, false), false);
      assert.equal(isTopicName(`junk/blah${control}`, true), true);
      assert.equal(filterOf(`junk/${control}/#`), "");
    });
});

describe("filterOf", () => {
  for (const good of [
    "#",
    "+",
    "a/#",
    "+/b/+",
    "/+",
    "a",
    "$share/group/a/#",
    "$share/g/#",
    "$SYS/#",
    "$shared",
  ]) {
    it(`accepts ${good}`, () => {
      assert.equal(filterOf(good) !== "", true);
    });
  }
  for (const [bad, why] of [
    ["", "[MQTT-4.7.3-1]"],
    ["a#", "[MQTT-4.7.1-2]"],
    ["a/#/b", "[MQTT-4.7.1-2]"],
    ["#/", "[MQTT-4.7.1-2]"],
    ["a+", "[MQTT-4.7.1-3]"],
    ["+a/b", "[MQTT-4.7.1-3]"],
    ["a\0", "[MQTT-4.7.3-2]"],
    ["$share/group", "without a filter"],
    ["$share//a", "without a share name"],
    ["$share/g+/a", "with a wildcard in the share name"],
    ["$share/g/", "with an empty filter"],
  ] as const) {
    it(`refuses ${JSON.stringify(bad)} ${why}`, () => {
      assert.equal(filterOf(bad), "");
    });
  }
});

describe("matches", () => {
  // The examples of §4.7.1 and §4.7.2.
  for (const [filter, topic, expected] of [
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "a/b", true],
    ["sport/tennis/+", "sport/tennis/player1", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/x", false],
    ["+/monitor/Clients", "$SYS/monitor/Clients", false],
    ["$SYS/#", "$SYS/x", true],
    ["$SYS/monitor/+", "$SYS/monitor/Clients", true],
    ["ACCOUNTS", "Accounts", false],
    ["a", "a/b", false],
    ["a/b", "a", false],
  ] as const) {
    it(`${filter} ${expected ? "takes" : "leaves"} ${topic}`, () => {
      assert.equal(matches(filter, topic), expected);
    });
  }

  it("agrees with a regular expression on any filter and topic", () => {
    const level = fc.constantFrom("a", "b", "", "$x", "ab");
    const topics = fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/"));
    const filters = fc
      .tuple(fc.array(fc.oneof(level, fc.constant("+")), { maxLength: 4 }), fc.boolean())
      .map(([levels, hash]) => [...levels, ...(hash || !levels.length ? ["#"] : [])].join("/"));
    check(
      fc.property(filters, topics, (filter, topic) => {
        const pattern = filter
          .replace(/\$/g, "\\$")
          .replace(/\+/g, "[^/]*")
          .replace(/(^|\/)#$/, (_all, slash: string) => (slash ? "(/.*)?" : ".*"));
        const spared = topic.startsWith("$") && !filter.startsWith("$");
        assert.equal(matches(filter, topic), !spared && new RegExp(`^${pattern}$`).test(topic));
      }),
      3000,
    );
  });

  it("compares behind the share name", () => {
    assert.equal(filterOf("$share/group/a/+"), "a/+");
    assert.equal(filterOf("a/+"), "a/+");
  });
});
