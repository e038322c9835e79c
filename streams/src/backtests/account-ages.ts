import { featureIndex, readUsersSince, type Database } from '@wallet/core-ledger';
import type { PaymentIntent } from '@wallet/schemas';
import type { VelocityPlan } from '../fraud/plan.ts';

/** How old the accounts of payer and payee were: asked of the database as the live side does. */
export type AccountAges = {
  /** Reads what is not known yet of these payments' users. Throws the database's faults. */
  learn(intents: readonly PaymentIntent[]): Promise<void>;
  /** Fills both ages; a user who has no account leaves his out. */
  fill(intent: PaymentIntent, features: Float64Array): void;
};

/** Some 100 bytes each; beyond it all are asked anew. */
const mostUsers = 200_000;
const [payerAge, payeeAge] = (['payer', 'payee'] as const).map((entity) =>
  featureIndex(`${entity}.account_age_seconds`),
);

/** Asks nobody when no rule of the plan reads an age. */
export function createAccountAges(
  database: Pick<Database, 'knex'>,
  plan: VelocityPlan,
): AccountAges {
  const asks = plan.some(({ readsProfile }) => readsProfile);
  const since = new Map<string, number>();
  const ageAt = (userId: string, atMs: number): number =>
    Math.max(0, Math.floor((atMs - (since.get(userId) ?? NaN)) / 1_000));
  return {
    async learn(intents) {
      if (!asks) return;
      if (since.size > mostUsers) since.clear();
      const users = new Set(intents.flatMap(({ payer_id, payee_id }) => [payer_id, payee_id]));
      const missing = [...users].filter((id) => !since.has(id));
      if (missing.length === 0) return;
      const found = await readUsersSince(database.knex, missing);
      for (const id of missing) since.set(id, found.get(id) ?? NaN);
    },
    fill({ payer_id, payee_id, accepted_at }, features) {
      if (!asks || payerAge === undefined || payeeAge === undefined) return;
      features[payerAge] = ageAt(payer_id, accepted_at);
      features[payeeAge] = ageAt(payee_id, accepted_at);
    },
  };
}
