import { createHash, randomUUID } from 'node:crypto';
import type { Sample, World } from './samples.ts';
import { decidedInBetween, type Cases, type Ways } from './ways.ts';

const soon = (): Date => new Date(Date.now() + 86_400_000);
const text = 'It was delivered.';

/** Good requests for the operations of disputes. */
export function disputeSamples(): Record<string, (world: World) => Omit<Sample, 'path'>> {
  const byPayee = ({ payee }: World) => ({ token: payee.token, key: randomUUID(), json: {} });
  const byPayer = () => ({ key: randomUUID(), json: {} });
  return {
    'post /disputes': ({ ids }) => ({
      key: randomUUID(),
      json: {
        ...{ payment_id: ids['/payments/{id}'], amount_minor: 5, stage: 'inquiry' },
        ...{ reason: 'not_received', description: 'Nothing came.' },
      },
    }),
    'get /disputes': () => ({}),
    'get /disputes/{id}': () => ({}),
    'get /disputes/{id}/history': () => ({}),
    'get /disputes/{id}/evidence': () => ({}),
    'get /evidence/{id}': () => ({}),
    'post /disputes/{id}/evidence': ({ payee }) => ({
      ...{ token: payee.token, key: randomUUID() },
      json: { kind: 'text', name: 'letter', content_type: 'text/plain', content: text },
    }),
    'post /disputes/{id}/submit': byPayee,
    'post /disputes/{id}/accept': byPayee,
    'post /disputes/{id}/withdraw': byPayer,
    'post /disputes/{id}/escalate': byPayer,
    'post /disputes/{id}/appeal': byPayer,
    'post /disputes/{id}/decision': ({ operatorToken }) => ({
      ...{ token: operatorToken, key: randomUUID() },
      json: { outcome: 'partial', amount_minor: 4, reason: 'both are right' },
    }),
  };
}

/** Rows of disputes as the ledger writes them, as far as the edge reads them. */
function createDisputeRows({ db, world }: Pick<Cases, 'db' | 'world'>) {
  const insertPayment = async (): Promise<string> => {
    const { payer, payee } = world();
    const id = randomUUID();
    await db.knex('payment').insert({
      ...{ id, payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId },
      ...{ payer_id: payer.id, payee_id: payee.id, amount_minor: 10, captured_minor: 10 },
      ...{ currency: 'USD', capture: 'automatic', status: 'captured', version: 1 },
      accepted_at: new Date(),
    });
    return id;
  };
  /** A dispute of a payment of its own. */
  const insert = async (status: string, id: string = randomUUID()): Promise<string> => {
    const { payer, payee } = world();
    const isOpen = ['opened', 'needs_response', 'under_review'].includes(status);
    await db.knex('dispute').insert({
      ...{ id, payment_id: await insertPayment(), payer_wallet_id: payer.walletId },
      ...{ payee_wallet_id: payee.walletId, payer_id: payer.id, payee_id: payee.id },
      ...{ amount_minor: 10, asked_minor: 0, awarded_minor: 0, fee_minor: 0, credited_minor: 0 },
      ...{ reserved_minor: status === 'needs_response' ? 10 : 0, accepted_at: new Date() },
      ...{ due_at: isOpen ? soon() : null, appeal_until: status === 'won' ? soon() : null },
      ...{ version: 1, payer_evidence: 0, payee_evidence: 0, status, currency: 'USD' },
      ...{ stage: status === 'opened' ? 'inquiry' : 'chargeback', reason: 'other' },
      description: 'Nothing came.',
    });
    return id;
  };
  const insertEvidence = async (): Promise<string> => {
    const id = randomUUID();
    const sha256 = createHash('sha256').update(text).digest();
    const row = { sha256, content: Buffer.from(text) };
    await db.knex('evidence_content').insert(row).onConflict('sha256').ignore();
    await db.knex('dispute_evidence').insert({
      ...{ id, dispute_id: await insert('needs_response'), added_by: world().payee.id, sha256 },
      ...{ size_bytes: text.length, side: 'payee', kind: 'text', name: 'letter' },
      content_type: 'text/plain',
    });
    return id;
  };
  return { insert, insertPayment, insertEvidence };
}

const actions = ['submit', 'accept', 'withdraw', 'escalate', 'appeal', 'evidence', 'decision'];
/** Where the usual dispute will not do. */
const statuses = {
  '/disputes/{id}': 'needs_response',
  '/disputes/{id}/escalate': 'opened',
  '/disputes/{id}/appeal': 'won',
};

/** How the statuses of the disputes' operations come about, for the tests of the contract. */
export function createDisputeCases(deps: Cases) {
  const rows = createDisputeRows(deps);
  return {
    insert: (status: string) => rows.insert(status),
    /** Ids for the paths of disputes. */
    ids: async (): Promise<Record<string, string>> => {
      const made: Record<string, string> = { '/evidence/{id}': await rows.insertEvidence() };
      for (const [path, status] of Object.entries(statuses)) made[path] = await rows.insert(status);
      return made;
    },
    apart: { ...openingWays(deps, rows), ...actionWays(deps, rows) },
  };
}

type Rows = ReturnType<typeof createDisputeRows>;

function openingWays({ send }: Cases, { insert, insertPayment }: Rows): Ways {
  const asked = { reason: 'other', description: 'x' };
  return {
    'post /disputes 200': async () => {
      const key = randomUUID();
      const accepted = await send('post /disputes', { key });
      await insert('opened', accepted.body.id as string);
      return (await send('post /disputes', { key, prefer: 'wait=5' })).status;
    },
    'post /disputes 404': async () => {
      const json = { payment_id: randomUUID(), ...asked };
      return (await send('post /disputes', { json })).status;
    },
    'post /disputes 409': async () => {
      const json = { payment_id: await insertPayment(), amount_minor: 11, ...asked };
      const { status, body } = await send('post /disputes', { json });
      return body.remaining_minor === 10 ? status : 0;
    },
    'post /disputes/{id}/evidence 413': async () => {
      const raw = 'x'.repeat(7_100_000);
      return (await send('post /disputes/{id}/evidence', { raw })).status;
    },
  };
}

function actionWays({ db, send }: Cases, { insert }: Rows): Ways {
  const ways: Ways = {};
  for (const action of actions) {
    const name = `post /disputes/{id}/${action}`;
    ways[`${name} 200`] = () => decidedInBetween({ db, send }, name, 'dispute');
    ways[`${name} 409`] = async () =>
      (await send(name, { path: `/disputes/${await insert('withdrawn')}/${action}` })).status;
  }
  return ways;
}
