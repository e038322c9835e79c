import type { Position } from './record.ts';

/** Offsets to be told to Kafka now and then: the highest of each partition since the last time. */
export type OffsetHints = {
  add(position: Position): void;
  drop(matching: (position: Position) => boolean): void;
  flush(): Promise<void>;
};

export function createOffsetHints(
  send: (positions: readonly Position[]) => Promise<void>,
): OffsetHints {
  let waiting = new Map<string, Position>();

  function add(position: Position): void {
    const key = `${position.topic}/${position.partition}`;
    const known = waiting.get(key);
    if (known === undefined || known.nextOffset < position.nextOffset) waiting.set(key, position);
  }

  return {
    add,
    drop(matching) {
      for (const [key, position] of waiting) if (matching(position)) waiting.delete(key);
    },
    async flush() {
      if (waiting.size === 0) return;
      const positions = [...waiting.values()];
      waiting = new Map();
      try {
        await send(positions);
      } catch (error) {
        positions.forEach(add); // they go with the next ones
        throw error;
      }
    },
  };
}
