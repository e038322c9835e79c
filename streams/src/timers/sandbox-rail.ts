import { createHash } from 'node:crypto';
import { deriveId, listInTransit, nobody } from '@wallet/core-ledger';
import type { Database, WithdrawalView } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { Codec, Publisher, WalletIntent } from '@wallet/schemas';
import { createAsking } from './asking.ts';
import type { Job } from './jobs.ts';

/** What a bank takes days for. */
const answersAfterSeconds = 2;
/** Sent again when settlement has not heard of it by then; it hears each answer once. */
const repeatAfterMs = 5_000;
const atOnce = 200;
/** A bank that knows no such account. */
const returnedDestination = /^return/;

/**
 * The sandbox's bank: confirms what is in transit, and sends back what goes to a destination that
 * begins with `return`. It says so as an operator would, by an intent, whose id is the same each
 * time; the ledger is left to those who settle.
 */
export function createSandboxRail(deps: {
  database: Pick<Database, 'knex'>;
  publisher: Pick<Publisher, 'publish'>;
  codec: Codec;
  clock: Clock;
}): Job['run'] {
  const { database, publisher, codec, clock } = deps;
  const ask = createAsking<WalletIntent>({
    ...{ publisher, codec, topic: topics.walletIntents, repeatAfterMs },
    keyOf: (intent) => intent.withdrawal_id ?? intent.intent_id,
  });
  return async () => {
    const nowMs = clock.nowMs();
    const options = { olderThanSeconds: answersAfterSeconds, limit: atOnce };
    const waiting = await listInTransit(database.knex, options);
    const answers = waiting.map((withdrawal) => answerOf(withdrawal, nowMs));
    const answered = await ask(answers, nowMs);
    return { done: answered, more: answered === atOnce };
  };
}

function answerOf(withdrawal: WithdrawalView, nowMs: number): WalletIntent {
  const { id, walletId, ownerId, currency, destination, createdAt } = withdrawal;
  const isReturned = returnedDestination.test(destination);
  const kind = isReturned ? 'withdrawal_return' : 'withdrawal_confirmation';
  return {
    ...{ intent_id: deriveId(createdAt.getTime(), id, 'sandbox rail'), caller_id: nobody, kind },
    ...{ wallet_id: walletId, owner_id: ownerId, amount_minor: 0n, currency },
    ...{ reference: null, destination: null, payment_id: null, withdrawal_id: id, final: false },
    ...{ reason: 'sandbox rail', actor_role: null },
    payload_hash: createHash('sha256').update(`${kind} ${id}`).digest(),
    accepted_at: nowMs,
  };
}
