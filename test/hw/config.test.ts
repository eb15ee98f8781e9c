/** The check of a node's configuration, its own source on a simulated board: it asks the engine what UTF-8 is. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { checkConfig } from "../../hw/config-check.ts";
import { createWorld } from "../../sim/world.ts";
import { check } from "../support/arbitraries.ts";
import { deviceModule } from "../support/module-world.ts";
import { FIELDS, least, NOT_OBJECTS, show, told, withField, x } from "./config-fields.ts";

const world = createWorld();
const board = world.board({ board: "ESP8266", storage: deviceModule("config", "hw/config-check.ts") });
board.powerOn();
const onBoard = board.evaluate('require("config").checkConfig') as typeof checkConfig;
after(() => world.close());

const create = (): never => {
  throw new Error("the check makes no sensor");
};
const DRIVERS = {
  bme280: () => ({ fields: "data clock hz address", create }),
  ds18b20: () => ({ fields: "pin rom", create }),
};
const problemsOf = (config: unknown): string[] => [...onBoard(config, DRIVERS)];

describe("the configuration", () => {
  it("can be as short as a network, a broker and a sensor", () => {
    assert.deepEqual(problemsOf(least()), []);
  });

  for (const { path, good, bad, says, required } of FIELDS) {
    it(`takes ${good.map(show).join(" and ")} for ${told(path)}`, () => {
      for (const value of good) assert.deepEqual(problemsOf(withField(path, value)), [], show(value));
    });

    it(`says of a ${told(path)} that is wrong where it is and what it must be (${bad.length} ways)`, () => {
      for (const value of bad) {
        const problems = problemsOf(withField(path, value));
        assert.equal(problems.length, 1, `${show(value)}: ${problems.join("; ")}`);
        assert.equal(problems[0]?.split(": ")[0], told(path), show(value));
        assert.match(problems[0], says);
      }
    });

    it(`${required ? "needs" : "can do without"} ${told(path)}`, () => {
      const problems = problemsOf(withField(path, undefined));
      if (required) assert.match(problems.join(), says);
      else assert.deepEqual(problems, []);
    });
  }

  it("says that a host is no URL", () => {
    for (const host of ["mqtt://broker", "broker/path", "mqtts://user:S3CRET@broker:8883"]) {
      const says = "broker.host: must be a name or an address alone, without mqtt:// or a path";
      assert.deepEqual(problemsOf(withField("broker.host", host)), [says]);
    }
  });

  it("needs a user name with a password, and takes any password", () => {
    assert.deepEqual(problemsOf(withField("broker.password", "S3CRET")), [
      "broker.username: is needed with a password",
    ]);
    for (const password of ["", "S3CRET", x(65535)]) {
      const config = withField("broker", { host: "broker", username: "me", password });
      assert.deepEqual(problemsOf(config), []);
    }
    for (const password of [5, null, {}, x(65536)]) {
      const config = withField("broker", { host: "broker", username: "me", password });
      assert.deepEqual(problemsOf(config), ["broker.password: must be a string of 0 to 65535 bytes"]);
    }
  });

  it("says of discovery that it needs true, false or an object", () => {
    for (const value of NOT_OBJECTS.filter((one) => typeof one !== "boolean"))
      assert.deepEqual(problemsOf(withField("discovery", value)), [
        "discovery: must be true, false, or an object",
      ]);
  });

  it("says of a base with control characters that no broker need take it", () => {
    for (const base of ["home/\thall", "home\n", "\x01", "hall\x7f"])
      assert.deepEqual(problemsOf({ ...least(), base }), [
        "base: must be a topic without +, # and control characters",
      ]);
  });

  it("says nothing of the name that a wrong type would have lent", () => {
    for (const type of ["", "bme 280", 5, { bme280: 1 }]) {
      const problems = problemsOf(withField("sensors.0.type", type));
      assert.deepEqual(problems, ["sensors[0].type: must be one of bme280, ds18b20"], show(type));
    }
  });

  it("takes a type for what it is, not for what it looks like as text", () => {
    const problems = problemsOf(withField("sensors.0.type", ["bme280"]));
    assert.deepEqual(problems, ["sensors[0].type: must be one of bme280, ds18b20"]);
  });

  it("takes of a sensor what its type has, and names what another type would have", () => {
    const sensors = [
      { type: "ds18b20", pin: "D4", rom: "28" },
      { type: "bme280", pin: "D4" },
    ];
    assert.deepEqual(problemsOf({ ...least(), sensors }), [
      "sensors[1].pin: unknown; known are type name period chain derive units data clock hz address",
    ]);
  });

  it("needs sensors to have names of their own, whether given or their type's", () => {
    const sensors = [{ type: "bme280" }, { type: "bme280" }, { type: "ds18b20", name: "bme280" }];
    assert.deepEqual(
      problemsOf({ ...least(), sensors }),
      [1, 2].map((index) => `sensors[${index}].name: another sensor has it; give each a name of its own`),
    );
    const named = [{ type: "bme280" }, { type: "bme280", name: "roof", address: 0x77 }];
    assert.deepEqual(problemsOf({ ...least(), sensors: named }), []);
  });

  for (const path of ["wifi", "broker", "queue", "sensors.0"]) {
    it(`says that ${told(path)} must be an object`, () => {
      for (const value of NOT_OBJECTS) {
        assert.ok(
          problemsOf(withField(path, value)).includes(`${told(path)}: must be an object`),
          show(value),
        );
      }
    });
  }

  for (const [path, known] of [
    ["", "wifi broker base period values sensors discovery key ntp queue restart_after"],
    ["wifi", "ssid password"],
    ["broker", "host port tls clientId username password keepalive clean"],
    ["queue", "readings limit bytes policy"],
    ["discovery", "prefix name"],
    ["sensors.0", "type name period chain derive units data clock hz address"],
  ] as const) {
    it(`names what is misspelt in ${path ? told(path) : "its top level"}, and what there is`, () => {
      for (const name of [
        ...known.split(" ").map((right) => right + "s"),
        "",
        "toString",
        "hasOwnProperty",
      ]) {
        const wrong = path ? `${path}.${name}` : name;
        const at = path ? `${told(path)}.${name}` : name;
        assert.deepEqual(problemsOf(withField(wrong, "S3CRET")), [`${at}: unknown; known are ${known}`]);
      }
    });
  }

  it("has every mistake told at once, each in a line of its own", () => {
    const config = {
      wifi: { ssid: "", password: "short" },
      broker: { host: "mqtt://broker", port: 0, qos: 1 },
      period: 0.5,
      sensors: [{ type: "bmp" }, { type: "bme280", hz: 1 }],
    };
    assert.deepEqual(
      problemsOf(config).map((problem) => problem.split(":")[0]),
      ["wifi.ssid", "wifi.password", "broker.qos", "broker.host", "broker.port", "period"].concat([
        "sensors[0].type",
        "sensors[1].hz",
      ]),
    );
  });

  it("has no value repeated in a message: it may be a secret", () => {
    for (const { path } of [...FIELDS, { path: "broker.password" }, { path: "wifi.psk" }]) {
      for (const value of ["S3CRET", ["S3CRET"], { S3CRET: 1 }, `S3CRET/${x(70000)}`, "+S3CRET"]) {
        const problems = problemsOf(withField(path, value)).filter(
          (problem) => !/S3CRET: unknown/.test(problem),
        );
        assert.ok(!problems.join().includes("S3CRET"), problems.join());
      }
    }
  });
});

describe("a hostile configuration", () => {
  const LINE = /: (must be .|unknown; known are .|is needed with .|another sensor has it)/;

  function assertRefused(config: unknown): void {
    const problems = problemsOf(config);
    assert.ok(problems.length > 0, `accepted ${show(config)}`);
    for (const problem of problems) assert.match(problem, LINE);
  }

  for (const config of [
    null,
    undefined,
    0,
    1,
    NaN,
    "",
    "text",
    true,
    false,
    [],
    [1],
    [[]],
    {},
    [{ wifi: {} }],
  ]) {
    it(`is refused with lines of text: ${show(config)}`, () => assertRefused(config));
  }

  it("is refused when it is wrong at any depth", () => {
    for (const wrong of [null, 0, "", [], {}, [null], [[]], [[[]]], { a: { b: { c: [] } } }]) {
      for (const path of ["wifi", "broker", "sensors", "sensors.0"]) assertRefused(withField(path, wrong));
    }
  });

  for (const path of [
    "wifi.ssid",
    "broker.host",
    "base",
    "queue.policy",
    "sensors.0.type",
    "sensors.0.name",
  ]) {
    it(`is refused when ${told(path)} is an object that no engine can turn into text`, () => {
      assertRefused(withField(path, { toString: 1, valueOf: 1 }));
    });
  }

  it("never throws, whatever JSON it is", () => {
    check(
      fc.property(fc.jsonValue(), (config) => {
        for (const problem of problemsOf(config)) assert.match(problem, LINE);
      }),
      2000,
    );
  });

  it("never throws, whatever JSON one of its fields is", () => {
    check(
      fc.property(fc.constantFrom(...FIELDS), fc.jsonValue(), ({ path }, value) => {
        for (const problem of problemsOf(withField(path, value))) assert.match(problem, LINE);
      }),
      2000,
    );
  });
});
