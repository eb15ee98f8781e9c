/** Messages of any size, taken in the pieces that they come in (MQTT 3.1.1 §3.3). */
import { DUP, QOS_MASK } from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";
import { isTopicName, matches } from "../topic.ts";
import type { Client, Incoming, PieceHandler } from "./client.ts";
import { handlePublish } from "./receive.ts";
import type { Subscription } from "./subscriptions.ts";

/** The subscriptions that a message is for: those that it names, or whose filter fits (as in subscriptions.ts). */
function matchingOf(client: Client, topic: string): Subscription[] {
  const identifiers = client._identifiers;
  return (client._subscriptions || []).filter(function (subscription) {
    const filter = subscription._filter as string;
    const identifier = identifiers && subscription.subscriptionIdentifier;
    return identifier ? identifiers.indexOf(identifier) >= 0 : filter === topic || matches(filter, topic);
  });
}

/** Takes what has its takers already. */
function ignore(): number {
  return 0;
}

/** Stands in front of the core's `handlePublish`, which checks, drains and acknowledges. */
function handlePieces(client: Client, data: string, position: number, size: number, limit: number): number {
  const options = client._options;
  const first = data.charCodeAt(0);
  const skipped = client._skipped;
  const isLarge = size + skipped > limit;
  const end = position + readU16(data, position - 2);
  const start = end + (first & QOS_MASK && 2);
  const topic = data.substr(position, end - position);
  const piece = data.substr(start, size - start);
  // What the core will refuse is nobody's.
  const isSound =
    skipped ||
    ((first & QOS_MASK) <= client._maximumQos &&
      (first & (QOS_MASK | DUP)) !== DUP &&
      start <= (isLarge ? limit - 1 : size) &&
      data.substr(end, start - end) !== "\0\0" &&
      isTopicName(topic));
  const matching = isSound ? matchingOf(client, topic) : [];
  const hasWhole = matching.some((subscription) => subscription.onMessage);
  let takers = matching
    .filter((subscription) => subscription.onPiece)
    .map((subscription) => subscription.onPiece as PieceHandler);
  if (isSound && !takers[0] && options.onPiece && (isLarge || !(options.onMessage || hasWhole)))
    takers = [options.onPiece];
  let failure: unknown[] | undefined;
  try {
    for (let index = 0; index < takers.length; index++)
      (takers[index] as PieceHandler)(topic, piece, skipped, size + skipped - start, first & 15);
  } catch (error) {
    failure = [error];
  }
  client._isTaken = takers.length > 0;
  // What subscriptions took in pieces is not for the client's `onMessage`.
  const incoming = client._incoming as Incoming;
  if (takers[0] && !hasWhole) client._incoming = ignore;
  const reasonCode = handlePublish(client, data, position, size, limit);
  client._incoming = incoming;
  if (takers[0]) client._heardSize = -1;
  if (failure) throw failure[0];
  return reasonCode;
}

/**
 * Lets `client` take messages of any size by `onPiece`, of a subscription or of its options: call it once, before `connect`.
 * A message larger than `maximumPacketSize` that nobody takes so is still drained and reported.
 *
 * Each piece has as many bytes as came from the network, at most `maximumPacketSize` for the first one; nothing else of the
 * message is held. The message is whole when `offset + piece.length === total`, and acknowledged after the handler has
 * returned from that; where the connection ends before, the next piece has offset 0 again.
 */
export function enablePieces(client: Client): void {
  client._hasPieces = true;
  client._handlePieces = handlePieces;
  if (client._handlePublish === handlePublish) client._handlePublish = handlePieces;
  if (client._handlePublishWithin === handlePublish) client._handlePublishWithin = handlePieces;
}
