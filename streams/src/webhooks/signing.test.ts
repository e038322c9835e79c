import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createSigning } from './signing.ts';

const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

it('signs as the library of Standard Webhooks verifies, with each of the secrets', () => {
  const sign = createSigning();
  for (const body of ['{}', '{"text":"Grüße, 你好 🎉"}', JSON.stringify('x'.repeat(10_000))]) {
    const [present, previous, other] = [newSecret(), newSecret(), newSecret()];
    const headers = sign({ id: 'event', body }, [present, previous], Date.now());
    for (const secret of [present, previous]) {
      expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    }
    expect(() => new Webhook(other).verify(body, headers)).toThrow(/signature/);
    expect(() => new Webhook(present).verify(`${body} `, headers)).toThrow(/signature/);
  }
});
