import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createMasterSeal,
  createVault,
  renewPersons,
  renewSigningKeys,
  signingKeyPurpose,
} from '@wallet/core-ledger';
import { randomBytes } from 'node:crypto';
import {
  createTestGround,
  newUser,
  testPassword,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
});
afterAll(() => ground.close());

test('the master key changes while people log in, and tokens of before stay good', async () => {
  const before = await newUser(edge);
  const previous = ground.environment.WALLET_MASTER_KEY ?? '';
  const present = randomBytes(32).toString('hex');
  const keys = { WALLET_MASTER_KEY: present, WALLET_PREVIOUS_MASTER_KEY: previous };
  const logIn = async (at: TestEdge, email: string) => {
    const json = { email, password: testPassword };
    return (await at.call('POST', '/login', { json })).status;
  };
  const edgeOf = async (change: Record<string, string>) =>
    ground.open({ IDENTITY_URL: (await ground.openIdentity(change)).url });

  const knowsBoth = await edgeOf(keys);
  expect(await logIn(knowsBoth, before.email)).toBe(200);
  const between = await newUser(knowsBoth);
  const again = { email: before.email, password: testPassword, name: 'A', currency: 'USD' };
  const taken = await knowsBoth.call('POST', '/register', { json: { ...again, kind: 'customer' } });
  expect(taken.body.code).toBe('email_taken');

  await renewPersons(ground.db.knex, createVault(present, previous));
  const seal = createMasterSeal(signingKeyPurpose, present, previous);
  await renewSigningKeys(ground.db.knex, seal);
  expect(await logIn(knowsBoth, before.email)).toBe(200);

  const knowsOne = await edgeOf({ WALLET_MASTER_KEY: present });
  for (const { email, token } of [before, between]) {
    expect(await logIn(knowsOne, email)).toBe(200);
    expect((await knowsOne.call('GET', '/wallets', { token })).status).toBe(200);
  }
});
