import { expect, test } from '@jest/globals';
import type { Lists } from '@wallet/core-ledger';
import { createLog } from '@wallet/runtime';
import { createLiveLists } from './live-lists.ts';

const log = createLog({ role: 'test', level: 'silent' });
const listOf = (value: string): Lists => new Map([['trusted', new Set([value])]]);

/** Answers in turn; a fault is thrown. `asked(n)` resolves when the n-th load has begun. */
function scripted(answers: (Lists | Error)[]) {
  const waiting = new Map<number, () => void>();
  let count = 0;
  return {
    asked: (number: number) => new Promise<void>((resolve) => waiting.set(number, resolve)),
    load: async () => {
      const answer = answers[Math.min(count, answers.length - 1)];
      count += 1;
      waiting.get(count)?.();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer');
      return answer;
    },
  };
}

test('the last good copy holds while the database is away', async () => {
  const database = scripted([listOf('a'), new Error('away'), listOf('b')]);
  const again = database.asked(4);
  const { signal } = new AbortController();
  const lists = await createLiveLists({ load: database.load, log, signal });
  expect(lists.current()).toEqual(listOf('a'));
  await database.asked(3);
  expect(lists.current()).toEqual(listOf('a'));
  await again;
  expect(lists.current()).toEqual(listOf('b'));
  await lists.close();
});

test('nothing starts without lists: it tries until they are there', async () => {
  const database = scripted([new Error('away'), new Error('away'), listOf('a')]);
  const { signal } = new AbortController();
  const lists = await createLiveLists({ load: database.load, log, signal });
  expect(lists.current()).toEqual(listOf('a'));
  await lists.close();
});

test('a stop ends the trying', async () => {
  const stopping = new AbortController();
  const database = scripted([new Error('away')]);
  const tried = database.asked(2);
  const opening = createLiveLists({ load: database.load, log, signal: stopping.signal });
  const ended = expect(opening).rejects.toThrow('stopped');
  await tried;
  stopping.abort(new Error('stopped'));
  await ended;
});
