/** The bundle for one node, and what it costs. */
import { tableOf } from "../../boards/named.ts";
import type { NodeFile } from "../configuration/node.ts";
import { boardConfig } from "../configuration/node.ts";
import { readableFirmware } from "../firmware.ts";
import { estimate } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { tailor } from "./tailor.ts";
import { wordsOf } from "./words.ts";

export interface NodeBundle {
  /** The program as a byte string. */
  code: string;
  /** `config.json` as a byte string. */
  config: string;
  /** Entries of the firmware's tables in it. */
  words: string[];
  variables: Estimate;
  /** Bytes of Storage that the board has, as far as its kind tells. */
  storage: number;
}

export async function buildNode(node: NodeFile, announce: () => void): Promise<NodeBundle> {
  const words = wordsOf(node);
  return {
    code: await tailor(readableFirmware(node.board, announce), words),
    config: boardConfig(node),
    words,
    variables: estimate(node),
    storage: tableOf(node.board).storage,
  };
}
