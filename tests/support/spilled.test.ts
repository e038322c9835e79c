import { expect, test } from '@jest/globals';
import { findSpilled } from './spilled.ts';

const at = '{"level":"info","time":"2026-11-23T14:00:00.000Z"';

test.each([
  ['a token', `${at},"authorization":"Bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.x"}`],
  ['an e-mail address', `${at},"message":"no such user: ann.lee+1@mail.example.org"}`],
  ['a password', `${at},"body":{"password":"a test password"}}`],
  ['a password', `${at},"message":"logged in with sandbox-Password-1"}`],
  ['the number of a card', `${at},"description":"4242424242424242"}`],
])('%s is found, and not repeated', (what, line) => {
  expect(findSpilled('edge', `${at}}\n${line}\n`)).toEqual([
    `the log of edge shows ${what} in line 2`,
  ]);
});

test('what is redacted, an id, an address of a server are none', () => {
  const lines = [
    `${at},"body":{"password":"[redacted]"},"trace_id":"4242424242424242aaaaaaaaaaaaaaaa"}`,
    `${at},"message":"connected","broker":"127.0.0.1:9092","group":"wallet@settlement"}`,
  ];
  expect(findSpilled('edge', lines.join('\n'))).toEqual([]);
});
