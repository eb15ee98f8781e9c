/** What a page of the documents points to, and how what it shows is compared with a run. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Page } from "./page.ts";

/** What GitHub makes of a page's headings to be linked to. */
function anchorsOf(text: string): Set<string> {
  const prose = text.replace(/^( *)```[^]*?^\1```$/gm, "");
  return new Set(
    [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_ -]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** The page's relative links that lead nowhere: no file, or no heading of that name in it. */
export function deadLinks({ path, text }: Pick<Page, "path" | "text">): string[] {
  const targets = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target!);
  return targets.filter((target) => {
    const [file = "", anchor] = target.split("#");
    const there = file ? join(dirname(path), file) : path;
    if (!existsSync(there)) return true;
    return (
      anchor !== undefined && there.endsWith(".md") && !anchorsOf(readFileSync(there, "utf8")).has(anchor)
    );
  });
}

/** Output without what differs from run to run: each number, with the spaces before it. */
export const shapeOf = (text: string): string => text.replace(/ *-?\d+(\.\d+)?/g, " N");
