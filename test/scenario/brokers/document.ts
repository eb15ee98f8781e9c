/** docs/brokers.md, made from what is tested: `npm run conformance`. */
import { deviationOf, PEERS } from "./peers.ts";
import { SCENARIOS } from "./scenarios.ts";

export const DOCUMENT = "docs/brokers.md";

const cell = (text: string): string => text.replace(/ \[MQTT[^\]]*\]/g, "").replace(/\|/g, "\\|");

/** The whole of it. */
export function brokersDocument(): string {
  const head = `# Brokers

The same scenarios are run with each of these brokers by [test/scenario/brokers-client.test.ts](../test/scenario/brokers-client.test.ts), with the minified client over TCP. Where a broker does other than MQTT 3.1.1 has it, or less, that is tested too, so that this page stays true. Made by \`npm run conformance\`.
`;
  const names = PEERS.map(({ name, source }) => `${name} (${source})`);
  const header = [`| a broker … | ${names.join(" | ")} |`, `| --- |${" --- |".repeat(names.length)}`];
  const rows = SCENARIOS.map((scenario) => {
    const cells = PEERS.map((peer) => {
      const deviation = deviationOf(peer, scenario);
      return deviation ? cell(deviation.instead) : "✓";
    });
    return `| ${cell(scenario.claim)} | ${cells.join(" | ")} |`;
  });
  return `${head}\n${[...header, ...rows].join("\n")}\n`;
}
