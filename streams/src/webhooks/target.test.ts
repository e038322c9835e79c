import { describe, expect, it } from '@jest/globals';
import {
  isPublicAddress,
  createPublicLookup,
  problemOfTarget,
  problemOfUrl,
  readAllowedTargets,
} from './target.ts';

const none = readAllowedTargets('');
const sandbox = readAllowedTargets('127.0.0.1:20000-29999, [::1]:20000');

/** Each spelling that somebody has used to reach what is inside. */
const refused = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0/',
  'https://127.0.0.1./',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://192.0.2.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:a9fe:a9fe]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fec0::1]/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://anything.localhost/',
  'https://metadata.google.internal/',
  'https://redis:6379/',
  'https://printer.local/',
  'https://①②⑦.⓪.⓪.①/',
  'http://hooks.example.com/',
  'https://user:secret@hooks.example.com/',
  'https://hooks.example.com/#top',
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'gopher://hooks.example.com/',
  'not a url',
];

describe('where nothing is sent', () => {
  it.each(refused)('%s', (url) => {
    expect(problemOfUrl(url, none)).toEqual(expect.any(String));
    expect(problemOfUrl(url, sandbox)).toEqual(expect.any(String));
  });

  it('a public name that leads inside, at any of its addresses', async () => {
    const inside = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '::ffff:10.0.0.1'];
    for (const address of inside) {
      const resolve = () => Promise.resolve(['93.184.215.14', address]);
      expect(await problemOfTarget('https://hooks.example.com/', none, resolve)).toMatch(/private/);
    }
  });
});

describe('where something is sent', () => {
  it.each([
    'https://hooks.example.com/in?a=b',
    'https://93.184.215.14:8443/',
    'https://[2606:4700::1]/',
  ])('%s', async (url) => {
    expect(await problemOfTarget(url, none, () => Promise.resolve(['93.184.215.14']))).toBeNull();
  });

  it('a name that nobody answers for: it is looked at again when something is sent', async () => {
    expect(
      await problemOfTarget('https://hooks.example.com/', none, () => Promise.resolve([])),
    ).toBe(null);
  });

  it('what is allowed by name of its address and port, and nothing beside it', () => {
    const problems = (port: number) => problemOfUrl(`http://127.0.0.1:${port}/`, sandbox);
    expect([20_000, 25_000, 29_999].map(problems)).toEqual([null, null, null]);
    expect([80, 19_999, 30_000].map(problems)).not.toContain(null);
    expect(problemOfUrl('http://[::1]:20000/', sandbox)).toBeNull();
    expect(problemOfUrl('http://localhost:20000/', sandbox)).not.toBeNull();
    expect(problemOfUrl('http://127.0.0.2:20000/', sandbox)).not.toBeNull();
  });
});

it('nothing is connected to that a name leads to inside, whatever it led to before', async () => {
  for (const all of [true, false]) {
    const failure = await new Promise<NodeJS.ErrnoException | null>((resolve) =>
      createPublicLookup()('localhost', { all }, resolve),
    );
    expect(failure?.code).toBe('not_public');
  }
});

it('what may be allowed is an address with ports', () => {
  for (const text of ['localhost:1', '127.0.0.1', '127.0.0.1:x', '999.0.0.1:1', '10.0.0.0/8:1']) {
    expect(() => readAllowedTargets(text)).toThrow(RangeError);
  }
});

it('an address that is none is not public', () => {
  expect(isPublicAddress('hooks.example.com')).toBe(false);
});
