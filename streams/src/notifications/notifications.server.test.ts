import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { listNotifications } from '@wallet/core-ledger';
import { createWebhookStage, type WebhookStage } from '../testing/webhook-stage.ts';

let stage: WebhookStage;
beforeAll(async () => {
  stage = await createWebhookStage();
});
afterAll(() => stage.close());

const payer = randomUUID();
const inbox = () => listNotifications(stage.database.knex, { recipientId: payer, limit: 100 });
const event = () => stage.record({ event_id: randomUUID(), payer_id: payer });
const duplicates = () =>
  stage.metrics.read('wallet_notifications_total', { channel: 'inbox', result: 'duplicate' });

it('events that come again, beside new ones or twice at once, tell nobody twice', async () => {
  const [first, second, third, fourth] = [event(), event(), event(), event()];
  await stage.handle([first, second]);
  expect(await inbox()).toHaveLength(2);

  // Both parties of the first have heard of it.
  await stage.handle([stage.again(first), third]);
  expect(await inbox()).toHaveLength(3);
  expect(await duplicates()).toBe(2);

  // Now with care, and again without it.
  await stage.handle([stage.again(second), stage.again(third)]);
  expect(await duplicates()).toBe(6);
  await stage.handle([event()]);
  await stage.handle([fourth, stage.again(fourth)]);
  await stage.handle([stage.again(fourth)]);
  expect(await inbox()).toHaveLength(5);
  expect(await duplicates()).toBe(10);
});
