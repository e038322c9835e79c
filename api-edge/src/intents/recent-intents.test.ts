import { expect, test } from '@jest/globals';
import { createRecentIntents } from './recent-intents.ts';

test('remembers at least half of its bytes, and never more than all of them', () => {
  const recent = createRecentIntents(100 * 164);
  const intent = Buffer.alloc(100);
  for (let index = 0; index < 1_000; index += 1) {
    recent.set(String(index), intent);
    const kept = Array.from({ length: index + 1 }, (_, id) => recent.get(String(id)));
    const known = kept.filter((each) => each !== undefined).length;
    expect(known).toBeGreaterThanOrEqual(Math.min(index + 1, 50));
    expect(known).toBeLessThanOrEqual(101);
    expect(kept.slice(-50)).not.toContain(undefined);
  }
});
