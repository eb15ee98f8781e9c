/** Where mqtt-packet is wrong at MQTT 5.0, with the sentence of the standard, which the minified client is held against. */
import assert from "node:assert/strict";
import { parser } from "mqtt-packet";
import type { IPublishPacket, Packet } from "mqtt-packet";
import { ristretto } from "../conformance/conversation.ts";
import { USER, begin, buffer, connected, line, open, writtenOne } from "./v5.ts";

/** What mqtt-packet makes of bytes at 5.0: the packets, or its complaint. */
function verdict(bytes: string): Packet[] | string {
  const decoder = parser({ protocolVersion: 5 });
  const found: Packet[] = [];
  let complaint = "";
  decoder.on("packet", (packet) => found.push(packet));
  decoder.on("error", (error: Error) => (complaint ||= error.message));
  decoder.parse(buffer(bytes));
  return complaint || found;
}

describe("mqtt-packet differs from 5.0, and the client does not:", () => {
  const publishWith = (field: string): string => {
    const body = `\0\x01t${String.fromCharCode(field.length)}${field}`;
    return `\x30${String.fromCharCode(body.length)}${body}`;
  };
  const user = (name: string, value: string): string => writtenOne(USER, [name, value]);

  it("“The User Property is allowed to appear multiple times to represent multiple name, value pairs. The same name is allowed to appear more than once” (§3.3.2.3.7), and their order is kept: it puts them together by name", () => {
    const packet = publishWith(user("a", "1") + user("b", "2") + user("a", "3"));
    const [read] = verdict(packet) as IPublishPacket[];
    assert.deepEqual({ ...read!.properties?.userProperties }, { a: ["1", "3"], b: "2" });
    assert.deepEqual(connected().tell(packet), [
      line("message t  0", 0, [USER, ["a", "1"], USER, ["b", "2"], USER, ["a", "3"]]),
    ]);
  });

  it("the same: an empty value is lost where another one follows by its name", () => {
    const packet = publishWith(user("a", "") + user("a", "1"));
    const [read] = verdict(packet) as IPublishPacket[];
    assert.deepEqual({ ...read!.properties?.userProperties }, { a: "1" });
    assert.deepEqual(connected().tell(packet), [
      line("message t  0", 0, [USER, ["a", ""], USER, ["a", "1"]]),
    ]);
  });

  it("“It is a Protocol Error to include the Content Type more than once” (§3.3.2.3.9): it takes both", () => {
    const one = writtenOne(0x03, "x");
    const [read] = verdict(publishWith(one + one)) as IPublishPacket[];
    assert.deepEqual(read!.properties?.contentType, ["x", "x"]);
    assert.deepEqual(connected().tell(publishWith(one + one)), [line("disconnect 130", 0, [])]);
  });

  it("“If a Server or Client receives a Control Packet which contains an Identifier which is not valid for its packet type, … it is a Malformed Packet” (§2.2.2.2): it takes any", () => {
    const [read] = verdict(publishWith(writtenOne(0x21, 5))) as Array<{ properties?: object }>;
    assert.deepEqual({ ...read!.properties }, { receiveMaximum: 5 });
    assert.deepEqual(connected().tell(publishWith(writtenOne(0x21, 5))), [line("disconnect 129", 0, [])]);
  });

  it("Payload Format Indicator is “either of” 0 and 1 (§3.3.2.3.2): it has everything else for 1", () => {
    const [read] = verdict(publishWith("\x01\x05")) as IPublishPacket[];
    assert.equal(read!.properties?.payloadFormatIndicator, true);
    assert.deepEqual(connected().tell(publishWith("\x01\x05")), [line("disconnect 130", 0, [])]);
  });

  it("“The Reason Code and Property Length can be omitted if the Reason Code is 0x00 … In this case the AUTH has a Remaining Length of 0” (§3.15.2.1): it reads none so", () => {
    assert.equal(verdict("\xf0\0"), "Invalid auth reason code");
    // It can be read, and names no method: “It is a Protocol Error to omit the Authentication Method” (§3.15.2.2.2).
    const talk = begin({ authenticationMethod: "SCRAM", authenticate: () => "x" }, [
      ristretto.authentication,
    ]);
    open(talk);
    assert.deepEqual(talk.tell("\xf0\0"), [line("disconnect 130", 0, [])]);
  });

  it("“If the Remaining Length is less than 1 the value of 0x00 (Normal disconnection) is used” (§3.14.2.1): it takes a byte of what follows", () => {
    assert.equal(verdict("\xe0\0\xd0\0"), "Invalid disconnect reason code");
    assert.deepEqual(connected().tell("\xe0\0\xd0\0"), [line("disconnect 0", 0, [])]);
  });

  it("“The Server sending the CONNACK packet MUST use one of the Connect Reason Code values” [MQTT5-3.2.2-8]: it takes any", () => {
    assert.equal((verdict("\x20\x03\0\xc3\0") as Array<{ reasonCode?: number }>)[0]!.reasonCode, 0xc3);
    const talk = begin();
    open(talk);
    assert.deepEqual(talk.tell("\x20\x03\0\xc3\0"), [line("disconnect 129", 0, [])]);
  });
});
