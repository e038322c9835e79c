import { expect, test } from '@jest/globals';
import { createLog } from '@wallet/runtime';
import { follow } from './followed.ts';

const log = createLog({ role: 'test', level: 'silent' });

/** Answers in turn; a fault is thrown. `asked(n)` resolves when the n-th load has begun. */
function scripted(answers: (string | Error)[]) {
  const waiting = new Map<number, () => void>();
  const previous: (string | null)[] = [];
  return {
    previous,
    asked: (number: number) => new Promise<void>((resolve) => waiting.set(number, resolve)),
    load: async (before: string | null) => {
      const answer = answers[Math.min(previous.length, answers.length - 1)];
      previous.push(before);
      waiting.get(previous.length)?.();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer');
      return answer;
    },
  };
}

function open(load: (before: string | null) => Promise<string>, signal?: AbortSignal) {
  return follow({
    ...{ what: 'lists', everyMs: 5, load, log },
    signal: signal ?? new AbortController().signal,
  });
}

test('the last good copy holds while the database is away', async () => {
  const database = scripted(['a', new Error('away'), 'b']);
  const again = database.asked(4);
  const followed = await open(database.load);
  expect(followed.current()).toBe('a');
  await database.asked(3);
  expect(followed.current()).toBe('a');
  await again;
  expect(followed.current()).toBe('b');
  expect(database.previous.slice(0, 4)).toEqual([null, 'a', 'a', 'b']);
  await followed.close();
});

test('nothing starts without a first copy: it tries until there is one', async () => {
  const database = scripted([new Error('away'), new Error('away'), 'a']);
  const followed = await open(database.load);
  expect(followed.current()).toBe('a');
  await followed.close();
});

test('a stop ends the trying', async () => {
  const stopping = new AbortController();
  const database = scripted([new Error('away')]);
  const tried = database.asked(2);
  const opening = open(database.load, stopping.signal);
  const ended = expect(opening).rejects.toThrow('stopped');
  await tried;
  stopping.abort(new Error('stopped'));
  await ended;
});
