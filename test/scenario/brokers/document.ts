/** docs/brokers.md, made from what is tested: `npm run conformance`. */
import { CHAPTERS, PEERS } from "./chapters.ts";
import type { Chapter } from "./chapters.ts";
import { deviationOf, settingOf } from "./peer.ts";
import type { BrokerPeer } from "./peer.ts";
import type { BrokerScenario, Version } from "./table.ts";

export const DOCUMENT = "docs/brokers.md";

const INTRODUCTION = `# Brokers

What a client can expect of a broker, and what it gets. Each line is a test that is run with each of these brokers by [test/scenario/brokers-client.test.ts](../test/scenario/brokers-client.test.ts), with the minified client over TCP. Where a broker does other than the standard has it, or less, the line says what it does instead, and that is tested too, so that this page stays true. Made by \`npm run conformance\`.

With MQTT 5.0 the client is \`ristretto-full\` with the parts \`version5\` and \`qos2\`. In brackets stands the broker's setting for a line, and its default where that counts. None of these brokers has enhanced authentication by itself; mosquitto can have it from a plugin.`;

const cell = (text: string): string => text.replace(/ \[MQTT[^\]]*\]/g, "").replace(/\|/g, "\\|");

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;

const tableOf = (head: readonly string[], rows: ReadonlyArray<readonly string[]>): string =>
  [head, head.map(() => "---"), ...rows].map(row).join("\n");

function answerOf(peer: BrokerPeer, version: Version, scenario: BrokerScenario): string {
  const deviation = deviationOf(peer, version, scenario);
  const setting = settingOf(peer, scenario);
  if (deviation) return deviation.instead;
  return setting ? `✓ (${setting})` : "✓";
}

/** What a chapter repeats is shown where a broker does other than it should. */
function chapterOf({ title, version, isFor, isRepetition, scenarios }: Chapter): string {
  const peers = PEERS.filter(isFor);
  const shown = scenarios.filter(
    (scenario) => !isRepetition || peers.some((peer) => deviationOf(peer, version, scenario)),
  );
  const rows = shown.map((scenario) => [
    scenario.claim,
    ...peers.map((peer) => answerOf(peer, version, scenario)),
  ]);
  const note = isRepetition
    ? `All ${scenarios.length} lines above are tried at 5.0 too, and hold but for these:\n\n`
    : "";
  return `## ${title}\n\n${note}${tableOf(["a broker …", ...peers.map(({ name }) => name)], rows)}`;
}

/** How many of the lines of one protocol a broker fulfils. */
function countOf(peer: BrokerPeer, version: Version): string {
  if (version === 5 && !peer.hasVersion5) return "not at all";
  const scenarios = CHAPTERS.filter((chapter) => chapter.version === version && chapter.isFor(peer)).flatMap(
    (chapter) => chapter.scenarios,
  );
  const kept = scenarios.filter((scenario) => !deviationOf(peer, version, scenario)).length;
  return kept === scenarios.length ? `all ${kept}` : `${kept} of ${scenarios.length}`;
}

function overview(): string {
  return tableOf(
    ["broker", "tried", "lines of MQTT 3.1.1", "lines of MQTT 5.0"],
    PEERS.map((peer) => [peer.name, peer.source, countOf(peer, 4), countOf(peer, 5)]),
  );
}

/** The whole of it. */
export function brokersDocument(): string {
  return `${[INTRODUCTION, overview(), ...CHAPTERS.map(chapterOf)].join("\n\n")}\n`;
}
