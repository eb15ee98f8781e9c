/** Tables and pages of Markdown, as Prettier would have them: what is generated passes lint, and comes out the same twice. */
import { format, resolveConfig } from "prettier";

/** Fit for a table: nothing ends its cell or its row, and nothing outside code is taken for a tag but a break. */
const cell = (text: string): string =>
  text
    .replaceAll("|", "\\|")
    .replace(/\s*\n\s*/g, " ")
    .replace(/`[^`]*`|<(?!br>)/g, (found) => (found === "<" ? "\\<" : found));

/** `head` names the columns; no rows, no table. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  if (!rows.length) return "";
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");
}

/** What stands at `path`, put in order. */
export async function pageOf(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

/** The anchor that a heading gets where the page is shown. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");

export const code = (text: string): string => `\`${text}\``;
