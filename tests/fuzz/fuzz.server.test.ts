import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createTestGround,
  newUser,
  testPassword,
  type TestEdge,
  type TestGround,
} from '@wallet/api-edge/testing';
import { fuzz, installSchemathesis } from './schemathesis.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1_000_000));
/** `npm run fuzz` takes more. */
const examples = 8;
const timeoutMs = 300_000;

let ground: TestGround;
let edge: TestEdge;

beforeAll(async () => {
  ground = await createTestGround();
  // Streams of what nobody decides would else last for minutes.
  edge = await ground.open({ WALLET_STREAM_SECONDS: '1' });
});
afterAll(() => ground.close());

test(
  'schemathesis finds nothing in all its phases',
  async () => {
    const installed = await installSchemathesis();
    if ('unavailable' in installed) {
      process.stderr.write(`NOT RUN: schemathesis is not here; ${installed.unavailable}\n`);
      return;
    }
    const { email } = await newUser(edge);
    const { program } = installed;
    const who = { url: edge.url, email, password: testPassword };
    process.stderr.write(`schemathesis: FUZZ_SEED=${seed}\n`);
    const { code, output } = await fuzz({ ...who, program, seed, examples, timeoutMs });
    // What it found stands at the end of what it wrote.
    const told = `FUZZ_SEED=${seed}\n${output.slice(-20_000)}`;
    expect(code === 0 ? '' : told).toBe('');
    expect(output).toMatch(/API Operations:\s+Selected: (\d+)\/\1\s+Tested: \1\s/);
  },
  timeoutMs + 6 * 60_000,
);
