import type { Codec, Publisher, Topic } from '@wallet/schemas';

/**
 * Asks by intents for what shall be done. Until something comes of it the same is found again at
 * every look: it is asked for again only after a while, and decided once by its id.
 */
export type Ask<Intent> = (intents: readonly Intent[], nowMs: number) => Promise<number>;

/** @returns how many were asked for: those that were not a short while ago */
export function createAsking<Intent extends { readonly intent_id: string }>(deps: {
  publisher: Pick<Publisher, 'publish'>;
  codec: Codec;
  topic: Topic<Intent>;
  keyOf(intent: Intent): string;
  repeatAfterMs: number;
}): Ask<Intent> {
  const { publisher, codec, topic, keyOf, repeatAfterMs } = deps;
  const askedMs = new Map<string, number>();
  return async (intents, nowMs) => {
    for (const [id, atMs] of askedMs) if (nowMs - atMs >= repeatAfterMs) askedMs.delete(id);
    const open = intents.filter(({ intent_id: id }) => !askedMs.has(id));
    await Promise.all(
      open.map((intent) =>
        publisher.publish({
          ...{ topic: topic.name, key: keyOf(intent), headers: {} },
          value: codec.encode(topic, intent),
        }),
      ),
    );
    for (const { intent_id: id } of open) askedMs.set(id, nowMs);
    return open.length;
  };
}
