import { describe, expect, test } from '@jest/globals';
import { createLog, createMetrics, type Fault } from '@wallet/runtime';
import type { Message, RecordMetadata } from 'kafkajs';
import { createDelivery, type Entry } from './delivery.ts';

// Brokers do not misbehave on demand: here the answers are made by hand. tests/faults has the real
// ones. Four partitions; the partition of a record is the number in its key.

type Answer = (messages: readonly Message[]) => readonly number[] | Error;

function deliveryWith(...answers: (Answer | undefined)[]) {
  const sent: string[][] = [];
  let discarded = 0;
  const session = {
    async send(topicName: string, messages: Message[]): Promise<RecordMetadata[]> {
      for (const message of messages) message.partition ??= Number(message.key);
      sent.push(messages.map(({ value }) => String(value)));
      const answer = answers[sent.length - 1]?.(messages) ?? allOf(messages);
      if (answer instanceof Error) throw answer;
      return answer.map((partition) => ({ topicName, partition, errorCode: 0 }));
    },
    discard: () => void (discarded += 1),
    close: async () => undefined,
  };
  const log = createLog({ role: 'test', level: 'silent' });
  const metrics = createMetrics({ role: 'test' });
  const delivery = createDelivery({ topic: 't', physical: 'p.t', session, log, metrics });
  return { delivery, sent, discarded: () => discarded };
}

const allOf = (messages: readonly Message[]) => [
  ...new Set(messages.map(({ partition }) => partition ?? -1)),
];

function entries(...texts: string[]): (Entry & { outcome?: Fault | null })[] {
  return texts.map((text) => {
    const entry: Entry & { outcome?: Fault | null } = {
      record: { topic: 't', key: text.slice(0, 1), value: Buffer.from(text) },
      bytes: 1,
      deadlineAtMs: Infinity,
      partition: undefined,
      settled: false,
      settle(fault) {
        entry.settled = true;
        entry.outcome = fault;
      },
    };
    return entry;
  });
}

const outcomesOf = (batch: readonly { outcome?: Fault | null }[]) =>
  batch.map(({ outcome }) => outcome);

describe('a batch over several partitions', () => {
  test('is one send', async () => {
    const { delivery, sent } = deliveryWith();
    const batch = entries('0a', '1a', '0b');
    await delivery.deliver(batch);
    expect(sent).toEqual([['0a', '1a', '0b']]);
    expect(outcomesOf(batch)).toEqual([null, null, null]);
  });

  test('a partition that the answer leaves out is sent again, by another producer', async () => {
    const { delivery, sent, discarded } = deliveryWith(() => [1]);
    const batch = entries('0a', '1a', '0b');
    await delivery.deliver(batch);
    expect(sent).toEqual([
      ['0a', '1a', '0b'],
      ['0a', '0b'],
    ]);
    expect(discarded()).toBe(1);
    expect(outcomesOf(batch)).toEqual([null, null, null]);
  });

  test('after a failed send each partition goes on alone, in its order', async () => {
    const away = () => new Error('away');
    const { delivery, sent } = deliveryWith(away, undefined, away);
    const batch = entries('0a', '1a', '0b');
    await delivery.deliver(batch);
    expect(sent).toEqual([['0a', '1a', '0b'], ['0a', '0b'], ['1a'], ['1a']]);
    expect(outcomesOf(batch)).toEqual([null, null, null]);
  });

  test('an answer about another partition does not count', async () => {
    const { delivery, sent } = deliveryWith(() => [2]);
    await delivery.deliver(entries('0a'));
    expect(sent.length).toBe(2);
  });
});

describe('a record the broker finds too large', () => {
  const tooLarge = (wanted: string) => (messages: readonly Message[]) => {
    const found = messages.some(({ value }) => String(value) === wanted);
    return found ? Object.assign(new Error('no'), { type: 'MESSAGE_TOO_LARGE' }) : allOf(messages);
  };

  test('is refused; its neighbours are written', async () => {
    const refusing = tooLarge('0b');
    const { delivery } = deliveryWith(...Array.from({ length: 8 }, () => refusing));
    const batch = entries('0a', '0b', '0c', '1a');
    await delivery.deliver(batch);
    expect(outcomesOf(batch)).toMatchObject([null, { code: 'too_large' }, null, null]);
  });
});

test('a record that is settled meanwhile is not sent again', async () => {
  const batch = entries('0a', '0b');
  const { delivery, sent } = deliveryWith(() => {
    batch[0]?.settle(null);
    return new Error('away');
  });
  await delivery.deliver(batch);
  expect(sent).toEqual([['0a', '0b'], ['0b']]);
});
