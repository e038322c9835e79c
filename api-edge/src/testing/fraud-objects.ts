import { randomUUID } from 'node:crypto';
import type { Database } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { createTestWire, sampleDecision, samplePaymentIntent } from '@wallet/schemas/testing';
import type { ApiClient } from './api-client.ts';
import { sampleRules } from './fraud-samples.ts';
import type { World } from './samples.ts';
import type { TestGround } from './test-edge.ts';

const set = '/fraud/rulesets/{id}';

type Deps = { ground: TestGround; api: ApiClient; world: () => World };
export type FraudObjects = ReturnType<typeof createFraudObjects>;

/** Objects of the analysts, as they come about. */
export function createFraudObjects(deps: Deps) {
  const { world, api } = deps;
  const rows = createRows(deps.ground.db, world);
  const ruleSet = async (
    status: 'draft' | 'submitted' | 'approved' | 'retired',
  ): Promise<string> => {
    const { analystToken: token, approverToken } = world();
    const json = { name: 'a sample', rules: sampleRules };
    const { body } = await api.call('POST', '/fraud/rulesets', { token, json });
    const id = body.id as string;
    const step = (action: string, by = token) =>
      api.call('POST', `/fraud/rulesets/${id}/${action}`, { token: by, json: {} });
    if (status === 'retired') await step('retire');
    if (status === 'submitted' || status === 'approved') await step('submit');
    if (status === 'approved') await step('approve', approverToken);
    return id;
  };
  const live = async (): Promise<string> => {
    const { body } = await api.call('GET', '/fraud/rulesets/live', { token: world().analystToken });
    return body.id as string;
  };
  return {
    ...{ ruleSet, live, closedCase: () => rows.insertCase('approved') },
    openCase: () => rows.insertCase('open'),
    failedBacktest: () => rows.insertBacktest('failed'),
    acted: rows.acted,
    async ids(): Promise<Record<string, string>> {
      const published = await ruleSet('approved');
      const path = `/fraud/rulesets/${published}/publish`;
      await api.call('POST', path, { token: world().analystToken, json: {} });
      return {
        [set]: await ruleSet('draft'),
        [`${set}/history`]: published,
        [`${set}/diff`]: published,
        [`${set}/shadow`]: await ruleSet('approved'),
        [`${set}/submit`]: await ruleSet('submitted'),
        [`${set}/approve`]: await ruleSet('submitted'),
        [`${set}/retire`]: await ruleSet('retired'),
        [`${set}/publish`]: published,
        '/fraud/cases/{id}': await rows.insertCase('open'),
        '/fraud/backtests/{id}': await rows.insertBacktest('queued'),
        '/fraud/decisions/{payment_id}': await rows.insertDecision(deps.ground),
        '/fraud/lists/{name}/entries': 'trusted',
        '/fraud/lists/{name}/entries/{value}': 'trusted',
      };
    },
  };
}

/** What the pipeline would have written. */
function createRows(db: Database, world: () => World) {
  const insertPayment = async (status: 'in_review' | 'captured'): Promise<string> => {
    const { payer, payee } = world();
    const id = randomUUID();
    const parties = { payer_id: payer.id, payee_id: payee.id };
    const wallets = { payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId };
    const money = { amount_minor: 5, currency: 'USD', accepted_at: new Date() };
    await db.knex('payment').insert({
      ...{ id, ...parties, ...wallets, ...money, status, version: 1, capture: 'automatic' },
      captured_minor: status === 'captured' ? 5 : 0,
    });
    return id;
  };
  const insertCase = async (status: 'open' | 'approved'): Promise<string> => {
    const { payer, payee } = world();
    const id = randomUUID();
    const closed = { created_at: new Date(), due_at: new Date(), closed_at: new Date() };
    await db.knex('fraud_case').insert({
      ...{ id, payment_id: await insertPayment(status === 'open' ? 'in_review' : 'captured') },
      ...{ payer_id: payer.id, payee_id: payee.id, payer_wallet_id: payer.walletId },
      ...{ payee_wallet_id: payee.walletId, amount_minor: 5, currency: 'USD', score: 61, status },
      ...{ ...closed, accepted_at: new Date(), closed_at: status === 'open' ? null : new Date() },
    });
    return id;
  };
  const insertDecision = async (ground: TestGround): Promise<string> => {
    const topicPrefix = ground.environment.KAFKA_TOPIC_PREFIX ?? '';
    const { wire, close } = await createTestWire('fraud-objects', { topicPrefix });
    const id = randomUUID();
    const intent = samplePaymentIntent({ intent_id: id });
    const decision = sampleDecision({ findings: [] });
    const { outcome, score, degraded, ruleset_hash } = decision;
    await db.knex('decision').insert({
      ...{ payment_id: id, outcome, score, degraded, ruleset_hash, decided_at: new Date() },
      scored: wire.codec.encode(topics.paymentScored, { intent, decision }),
    });
    await close();
    return id;
  };
  return {
    insertCase,
    insertBacktest: (status: 'queued' | 'failed') => insertBacktest(db, status),
    insertDecision,
    /** What became of an action that somebody waits for. */
    async acted(paymentId: string, action: string, id: string): Promise<void> {
      await db.knex('action').insert({
        ...{ id, object: 'payment', object_id: paymentId, action, status: 'succeeded' },
        ...{ actor_id: world().analystId, accepted_at: new Date() },
      });
    },
  };
}

async function insertBacktest(db: Database, status: 'queued' | 'failed'): Promise<string> {
  const id = randomUUID();
  const sets = { candidate_hash: 'a', candidate_rules: '', champion_hash: 'b', champion_rules: '' };
  const over = status === 'failed' ? { failure: 'it broke', finished_at: new Date() } : {};
  await db.knex('backtest').insert({
    ...{ id, status, ...sets, ...over, maturity_days: 7 },
    ...{ from_at: new Date(0), to_at: new Date() },
  });
  return id;
}
