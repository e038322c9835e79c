import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { requestSigningKey } from '@wallet/core-ledger';
import {
  createTestGround,
  newUser,
  testPassword,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';
import { waitUntil } from '../testing/wait-until.ts';

let ground: TestGround;
let edge: TestEdge;
const foreign = createForeignIssuer();

beforeAll(async () => {
  ground = await createTestGround();
  await foreign.listen();
  edge = await ground.open({ OIDC_ISSUER: foreign.url(), OIDC_AUDIENCE: 'our-api' });
});
afterAll(async () => {
  await ground.close();
  foreign.close();
});

function statusWith(token: string): Promise<number> {
  return edge.call('GET', '/wallets', { token }).then(({ status }) => status);
}

/** Somebody else's OpenID provider: a discovery document, a key, tokens as a test wants them. */
function createForeignIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let server: Server;
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let asked = 0;
  return {
    url,
    timesAsked: () => asked,
    privateKey,
    listen: () =>
      new Promise<void>((resolve) => {
        server = createServer((request, response) => {
          if (request.url === '/keys') asked += 1;
          const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
          const discovery = { issuer: url(), jwks_uri: `${url()}/keys` };
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : discovery));
        }).listen(0, '127.0.0.1', resolve);
      }),
    close: () => server.close(),
  };
}

type Change = { claims?: object; header?: object; key?: KeyObject; expires?: string };

function foreignToken({ claims, header, key = foreign.privateKey, expires = '5m' }: Change = {}) {
  const about = { iss: foreign.url(), aud: 'our-api', sub: 'ada', role: 'customer', sid: 's1' };
  return new SignJWT({ ...about, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .setExpirationTime(expires)
    .sign(key);
}

describe('an external issuer', () => {
  test('its users are ours, the same ones at every token', async () => {
    const token = await foreignToken();
    const opened = await edge.call('POST', '/wallets', { token, json: { currency: 'USD' } });
    expect(opened.status).toBe(201);
    const again = await foreignToken({ claims: { sid: 's2' } });
    const { body } = await edge.call('GET', '/wallets', { token: again });
    expect(body.data).toMatchObject([{ id: opened.body.id }]);
    const other = await foreignToken({ claims: { sub: 'eve' } });
    expect((await edge.call('GET', '/wallets', { token: other })).body.data).toEqual([]);
  });

  test('a subject that is the id of a user of ours is somebody else', async () => {
    const { id } = await newUser(edge);
    const { body } = await edge.call('GET', '/wallets', {
      token: await foreignToken({ claims: { sub: id } }),
    });
    expect(body.data).toEqual([]);
  });

  test('its sessions end here like ours, for every token of theirs', async () => {
    const [token, next] = await Promise.all(
      ['5m', '6m'].map((expires) => foreignToken({ claims: { sid: 'ends' }, expires })),
    );
    expect(await statusWith(token ?? '')).toBe(200);
    expect((await edge.call('POST', '/logout', { token: token ?? '' })).status).toBe(204);
    expect(await statusWith(token ?? '')).toBe(401);
    expect(await statusWith(next ?? '')).toBe(401);
  });

  const strangers = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  test.each<[string, Change]>([
    ['another key', { key: strangers }],
    ['another audience', { claims: { aud: 'their-api' } }],
    ['another issuer', { claims: { iss: 'https://other.test' } }],
    ['the issuer of our own', { claims: { iss: 'http://identity.test', aud: 'wallet-api' } }],
    ['an unknown key', { header: { kid: 'two' } }],
    ['no key', { header: { kid: undefined } }],
    ['an unknown role', { claims: { role: 'king' } }],
    ['the past', { expires: '-1m' }],
  ])('a token of %s is no good', async (_what, change) => {
    expect(await statusWith(await foreignToken(change))).toBe(401);
  });

  test('an unsigned token, and one signed with something public, are no good', async () => {
    const claims = decodeJwt(await foreignToken());
    const parts = [{ alg: 'none', kid: 'one' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    expect(await statusWith(`${parts.join('.')}.`)).toBe(401);
    const secret = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' });
    expect(await statusWith(await secret.sign(Buffer.from('one'.repeat(20))))).toBe(401);
  });

  test('names of keys made up by somebody are not asked for one by one', async () => {
    const before = foreign.timesAsked();
    for (let index = 0; index < 20; index += 1) {
      expect(await statusWith(await foreignToken({ header: { kid: `made-up-${index}` } }))).toBe(
        401,
      );
    }
    expect(foreign.timesAsked() - before).toBeLessThanOrEqual(1);
  });
});

describe('our own issuer', () => {
  test('tokens say what the edge goes by, and only for the type of an access token', async () => {
    const { id, token } = await newUser(edge);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    expect(decodeJwt(token)).toMatchObject({
      ...{ iss: 'http://identity.test', aud: 'wallet-api', sub: id, role: 'customer' },
      scope: expect.stringContaining('payments:write'),
    });
  });

  test('a new key is published, then signs; tokens of the old one stay good', async () => {
    const { email, token: old } = await newUser(edge);
    const { url } = { url: ground.environment.IDENTITY_URL ?? '' };
    const keys = async (): Promise<string[]> => {
      const body = (await (await fetch(`${url}/jwks`)).json()) as { keys: { kid: string }[] };
      return body.keys.map(({ kid }) => kid);
    };
    expect(await keys()).toHaveLength(1);
    await requestSigningKey(ground.db.knex);
    await waitUntil(async () => (await keys()).length === 2, 'the new key is published');
    const json = { email, password: testPassword };
    const logIn = async (): Promise<string> => {
      const { body } = await edge.call('POST', '/login', { json });
      return body.access_token as string;
    };
    expect(decodeProtectedHeader(await logIn()).kid).toBe(decodeProtectedHeader(old).kid);
    const signs = 'select from signing_key having max(signs_from) <= now()';
    const rowsOf = async () => (await ground.db.knex.raw<{ rows: object[] }>(signs)).rows;
    await waitUntil(async () => (await rowsOf()).length === 1, 'the time of the new key has come');
    let token = old;
    await waitUntil(async () => {
      token = await logIn();
      return decodeProtectedHeader(token).kid !== decodeProtectedHeader(old).kid;
    }, 'the new key signs');
    expect(await keys()).toEqual([
      decodeProtectedHeader(token).kid,
      decodeProtectedHeader(old).kid,
    ]);
    expect(await statusWith(old)).toBe(200);
    expect(await statusWith(token)).toBe(200);
    // Nobody finds a private part, here or in the database.
    expect(JSON.stringify(await (await fetch(`${url}/jwks`)).json())).not.toContain('"d"');
    const { rows } = await ground.db.knex.raw<{ rows: { jwk: object }[] }>(
      'select public_jwk as jwk from signing_key',
    );
    for (const { jwk } of rows) expect(jwk).not.toHaveProperty('d');
  });

  test('tokens are verified while the identity service is away; logins say so', async () => {
    const identity = await ground.openIdentity();
    const alone = await ground.open({ IDENTITY_URL: identity.url });
    const { token, email } = await newUser(alone);
    const unseen = await newUser(alone);
    expect((await alone.call('GET', '/wallets', { token })).status).toBe(200);
    await identity.close();
    expect((await alone.call('GET', '/wallets', { token })).status).toBe(200);
    expect((await alone.call('GET', '/wallets', { token: unseen.token })).status).toBe(200);
    const json = { email, password: testPassword };
    const { status, body } = await alone.call('POST', '/login', { json });
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(await alone.edge.problems()).toEqual([]);
  });

  test('an edge that has never seen the keys says 503, not 401', async () => {
    const { token } = await newUser(edge);
    const identity = await ground.openIdentity();
    await identity.close();
    const blind = await ground.open({ IDENTITY_URL: identity.url });
    const { status, body } = await blind.call('GET', '/wallets', { token });
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(await blind.edge.problems()).toEqual([expect.stringContaining('keys')]);
  });
});

describe('the service itself', () => {
  test.each([
    ['POST', '/sessions', 401],
    ['POST', '/users', 401],
    ['GET', '/auth', 404],
    ['POST', '/reg', 404],
    ['GET', '/me', 404],
  ])('%s %s from somebody who is no edge: %i', async (method, path, status) => {
    const { url } = { url: ground.environment.IDENTITY_URL ?? '' };
    const body = JSON.stringify({ email: 'a@b.cc', password: 'x', address: randomUUID() });
    const headers = { 'content-type': 'application/json', authorization: 'Bearer abc' };
    const answer = await fetch(url + path, {
      method,
      headers,
      ...(method === 'POST' ? { body } : {}),
    });
    expect(answer.status).toBe(status);
  });
});
