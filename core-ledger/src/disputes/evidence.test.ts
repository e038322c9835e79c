import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { evidenceLimitBytes, readDisputeEvidence } from './evidence.ts';

const pdf = Buffer.from('%PDF-1.7\n');
const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 7]);
const file = (contentType: string, bytes: Buffer) =>
  readDisputeEvidence({ kind: 'file', contentType, content: bytes.toString('base64') });

test.each([
  ['application/pdf', pdf],
  ['image/png', png],
  ['image/jpeg', jpeg],
])('a %s that is one is taken, under the hash of its bytes', (contentType, bytes) => {
  const sha256 = createHash('sha256').update(bytes).digest();
  expect(file(contentType, bytes)).toEqual({ ok: true, bytes, sha256 });
});

test('text is taken as it is', () => {
  const read = readDisputeEvidence({ kind: 'text', contentType: 'text/plain', content: 'Ünicode' });
  expect(read).toMatchObject({ ok: true, bytes: Buffer.from('Ünicode') });
});

const notAllowed = { ok: false, reason: 'evidence_type_not_allowed' };

test.each([
  ['a name that lies', file('application/pdf', png)],
  ['too short to be one', file('image/png', png.subarray(0, 4))],
  ['nothing', file('image/jpeg', Buffer.alloc(0))],
  ['another type', file('image/gif', Buffer.from('GIF89a'))],
  ['a name of the language', file('constructor', pdf)],
  ['a file as text', file('text/plain', pdf)],
  ['a text as file', readDisputeEvidence({ kind: 'text', contentType: 'text/html', content: 'a' })],
  [
    'broken base64',
    readDisputeEvidence({ kind: 'file', contentType: 'application/pdf', content: 'JVBERi0x*LjcK' }),
  ],
])('is refused: %s', (_what, read) => expect(read).toEqual(notAllowed));

test('evidence too large: one byte is too many', () => {
  const largest = Buffer.alloc(evidenceLimitBytes, ' ');
  pdf.copy(largest);
  expect(file('application/pdf', largest).ok).toBe(true);
  const larger = Buffer.concat([largest, Buffer.from(' ')]);
  expect(file('application/pdf', larger)).toEqual({ ok: false, reason: 'evidence_too_large' });
  const text = 'ü'.repeat(evidenceLimitBytes / 2 + 1);
  const read = readDisputeEvidence({ kind: 'text', contentType: 'text/plain', content: text });
  expect(read).toEqual({ ok: false, reason: 'evidence_too_large' });
});
