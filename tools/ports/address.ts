/** Ports that are no serial ones: `tcp://host:port`, `telnet://host`, `host:port`. */
import { EXIT } from "../exit-code.ts";
import { UserError } from "../user-error.ts";

export interface Address {
  host: string;
  port: number;
}

const TELNET = 23;

/** The address that a port's name is; undefined for one that may be a serial port. Throws where it is meant to be and cannot. */
export function addressOf(name: string): Address | undefined {
  const match =
    /^(?:(?:tcp|telnet):\/\/)?(\[[^\]]+\]|[^/\\:]+):(\d+)$/.exec(name) ??
    /^telnet:\/\/(\[[^\]]+\]|[^/\\:]+)$/.exec(name);
  const port = Number(match?.[2] ?? TELNET);
  if (match && port >= 1 && port <= 65535) return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
  if (!match && !/^[a-z]+:\/\//i.test(name)) return undefined;
  throw new UserError(
    `${name} is no address.`,
    EXIT.PORT,
    "Write tcp://host:port with a port from 1 to 65535, or telnet://host.",
  );
}
