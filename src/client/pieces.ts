/** Messages of any size, taken in the pieces that they come in (MQTT 3.1.1 §3.3). */
import type { Client, Part } from "./client.ts";
import { TOO_LARGE } from "./message.ts";
import type { PieceHandler } from "./options.ts";
import { takersOf } from "./subscriptions.ts";

/** Hands a piece to those who take pieces: 0 when nobody does, 2 when others take the whole message. */
function takePiece(client: Client, flags: number, piece: string, offset: number, total: number): number {
  const options = client._options;
  const topic = client._topic;
  const matching = takersOf(client, topic);
  const hasWhole = matching.some((subscription) => subscription.onMessage);
  let takers = matching
    .filter((subscription) => subscription.onPiece)
    .map((subscription) => subscription.onPiece as PieceHandler);
  if (!takers[0] && options.onPiece && (flags & TOO_LARGE || !(options.onMessage || hasWhole)))
    takers = [options.onPiece];
  for (let index = 0; index < takers.length; index++)
    (takers[index] as PieceHandler)(topic, piece, offset, total, flags & ~TOO_LARGE);
  return takers[0] ? (hasWhole ? 2 : 1) : 0;
}

/**
 * Takes messages of any size by `onPiece`, of a subscription or of the client's options. A message larger
 * than `maximumPacketSize` that nobody takes so is still drained and reported.
 *
 * Each piece has as many bytes as came from the network, at most `maximumPacketSize` for the first one; nothing else of the
 * message is held. The message is whole when `offset + piece.length === total`, and acknowledged after the handler has
 * returned from that; where the connection ends before, the next piece has offset 0 again.
 */
export const pieces: Part = function (client) {
  client._takePiece = takePiece;
};
