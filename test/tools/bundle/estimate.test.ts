import assert from "node:assert/strict";
import { estimate } from "../../../tools/bundle/estimate.ts";

describe("the estimate of a node's variables", () => {
  const sensors = [{ type: "bme280" }];
  const held = (tls: unknown): number => estimate({ board: "esp32", broker: { tls }, sensors }).held;
  const base64 = "M" + "A".repeat(1199);

  it("counts TLS, and certificates and keys by their bytes", () => {
    assert.ok(held(true) > held(false));
    assert.equal(held({ cert: base64 }) - held(true), 2 + 900 / 12);
    const pem = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
    assert.equal(held({ cert: pem }), held({ cert: base64 }));
    assert.equal(held({ cert: base64, key: base64 }) - held(true), 2 * (2 + 900 / 12));
  });

  it("takes one that is named by its file for as large as they usually are", () => {
    const one = held({ ca: "ca.pem" }) - held(true);
    assert.ok(one > 50 && one < 150, String(one));
  });

  it("counts none on an ESP8266, which has no TLS", () => {
    const on = (tls: unknown): number => estimate({ board: "esp8266", broker: { tls }, sensors }).held;
    assert.equal(on(true), on(false));
  });
});
