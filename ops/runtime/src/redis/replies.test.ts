import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createReplyReader, type Reply } from './replies.ts';

const replies = fc.oneof<fc.Arbitrary<{ wire: Buffer; reply: Reply }>[]>(
  fc.uint8Array({ maxLength: 300 }).map((array) => {
    const bytes = Buffer.from(array);
    const wire = Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
    return { wire, reply: { kind: 'bytes', bytes } };
  }),
  fc.constant({ wire: Buffer.from('+OK\r\n'), reply: { kind: 'text', text: 'OK' } }),
  fc.constant({ wire: Buffer.from(':12\r\n'), reply: { kind: 'text', text: '12' } }),
  fc.constant({ wire: Buffer.from('$-1\r\n'), reply: { kind: 'nothing' } }),
  fc.constant({
    wire: Buffer.from('-NOSCRIPT No matching script\r\n'),
    reply: { kind: 'error', code: 'NOSCRIPT', message: 'NOSCRIPT No matching script' },
  }),
);

test('replies come out whole however the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(replies), fc.array(fc.integer({ min: 1, max: 50 })), (sent, cuts) => {
      const wire = Buffer.concat(sent.map((one) => one.wire));
      const read: Reply[] = [];
      const reader = createReplyReader((reply) => read.push(reply));
      let at = 0;
      for (const length of [...cuts, wire.length]) {
        reader.push(Buffer.from(wire.subarray(at, at + length)));
        at += length;
      }
      expect(read).toEqual(sent.map(({ reply }) => reply));
    }),
  );
});

test.each(['HTTP/1.1 200 OK\r\n', '*2\r\n', '$x\r\n'])('%j is not what we asked for', (wire) => {
  const reader = createReplyReader(() => undefined);
  expect(() => reader.push(Buffer.from(wire))).toThrow(/Redis sent/);
});
