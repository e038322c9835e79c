import { hasFinishedBacktest } from '../backtests/store.ts';
import type { Queryable } from '../database/database.ts';
import { readShadowReport } from '../shadow/report.ts';
import type { Evidence, StoredRuleSet } from './ruleset.ts';

/** What is known of a set on its own hash: read in the transaction that publishes it. */
export async function readEvidence(trx: Queryable, { id, hash }: StoredRuleSet): Promise<Evidence> {
  const { payments } = await readShadowReport(trx, id);
  return { shadowPayments: payments, backtested: await hasFinishedBacktest(trx, hash) };
}
