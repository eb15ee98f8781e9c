/** Parsers for arguments that several verbs share, and how commander's own complaints look. */
import { Help, InvalidArgumentError } from "commander";
import type { Option } from "commander";

/** A parser for whole numbers from `from` to `to`. */
export function integer(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

export function hostAndPort(text: string): { host: string; port?: number } {
  const match = /^(?:mqtt:\/\/)?([^:/\s]+)(?::(\d+))?$/.exec(text);
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (!match?.[1] || (port !== undefined && (port < 1 || port > 65535)))
    throw new InvalidArgumentError("It must be host or host:port.");
  return { host: match[1], ...(port === undefined ? {} : { port }) };
}

/** Commander puts its suggestion on a line of its own. */
export const ONE_LINE = {
  outputError: (text: string, write: (text: string) => void): void => {
    write(`${text.trim().replace(/\s*\n\s*/g, " ")}\n`);
  },
};

/** That a switch is off until somebody says it needs no words. */
export const PLAIN_HELP = {
  optionDescription(option: Option): string {
    return new Help().optionDescription(option).replace(" (default: false)", "");
  },
};
