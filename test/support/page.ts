/** A page of the documents, whose code blocks tests take one by one, so that none is left untried. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export interface Block {
  /** What stands behind the opening fence; empty for none. */
  language: string;
  /** Without the indentation of the fence, each line with its end. */
  text: string;
  /** Of the opening fence, counted from 1. */
  line: number;
}

export interface Page {
  path: string;
  text: string;
  blocks: readonly Block[];
  /** The nth block of a language, from 0; it counts as tried. Call it while tests are described, not inside one. */
  block(language: string, nth?: number): string;
  /** What no test took, as `path:line language`. */
  untried(): string[];
}

/** The fenced blocks of a text in Markdown, in order. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(.*)\n([^]*?)^\1```$/gm)].map((match) => ({
    language: match[2]!.trim(),
    text: match[3]!.replace(new RegExp(`^${match[1]!}`, "gm"), ""),
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** Opens a page by its path from the project's root. */
export function openPage(path: string): Page {
  const text = readFileSync(path, "utf8");
  const blocks = blocksOf(text);
  const tried = new Set<Block>();
  return {
    path,
    text,
    blocks,
    block: (language, nth = 0) => {
      const found = blocks.filter((one) => one.language === language)[nth];
      assert.ok(found, `${path} has no block ${nth} of ${language || "no language"}`);
      tried.add(found);
      return found.text;
    },
    untried: () =>
      blocks.filter((one) => !tried.has(one)).map(({ language, line }) => `${path}:${line} ${language}`),
  };
}
