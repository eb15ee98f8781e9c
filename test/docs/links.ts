/** Where a page points to: files beside it, and headings. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { anchorOf } from "./markdown.ts";

/** The page without its code. */
const prose = (text: string): string =>
  text.replace(/^( *)```[^]*?^\1```$/gm, "").replace(/`[^`\n]*`/g, (one) => one.replace(/[[\]()#]/g, " "));

/** The anchors of a page's headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replace(/^( *)```[^]*?^\1```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading]) => anchorOf(heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")));
}

/** Links of a page that lead nowhere; those of the web are not tried. */
export function deadLinks(path: string): string[] {
  const page = readFileSync(path, "utf8");
  const targets = [...prose(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target!);
  return targets.filter((target) => {
    const [file, anchor] = target.split("#");
    const there = file ? join(dirname(path), file) : path;
    if (!existsSync(there)) return true;
    return (
      anchor !== undefined &&
      there.endsWith(".md") &&
      !anchorsOf(readFileSync(there, "utf8")).includes(anchor)
    );
  });
}

/** Headings that a page has twice, so that a link finds the first only. */
export function doubleAnchors(path: string): string[] {
  const anchors = anchorsOf(readFileSync(path, "utf8"));
  return anchors.filter((anchor, nth) => anchors.indexOf(anchor) < nth);
}
