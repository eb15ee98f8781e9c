import fc from "fast-check";

/**
 * Runs a property; a failure prints its seed and the command that replays it. `SEED=… npx mocha …` sets the seed,
 * otherwise it is fixed, so that no run fails for no reason.
 */
export function check<Values>(property: fc.IProperty<Values>, runs = 300): void {
  const seed = Number(process.env.SEED ?? 20260101);
  const result = fc.check(property, { seed, numRuns: runs });
  if (!result.failed) return;
  throw new Error(
    `${fc.defaultReportMessage(result) ?? "failed"}\nreplay: SEED=${seed} npm run mocha -- --grep "<this test>"`,
  );
}

/** A string as the board has it: UTF-8, one character a byte, of at least `from` and about `to` bytes. */
export function utf8(from: number, to: number): fc.Arbitrary<string> {
  return fc
    .string({ unit: "grapheme", minLength: from, maxLength: to })
    .filter((text) => !text.includes("\0"))
    .map((text) => Buffer.from(text, "utf8").toString("latin1"));
}

/** A topic that may be published to. */
export function topicBytes(): fc.Arbitrary<string> {
  return utf8(1, 40).filter((topic) => !/[+#]/.test(topic));
}

/** Any bytes. */
export function byteString(): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
}
