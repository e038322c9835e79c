import { readScored, type Database, type Parties } from '@wallet/core-ledger';
import { topics, type Codec } from '@wallet/schemas';

/** What the intents of payments said of the moment; events do not repeat it. */
export type Contexts = (
  paymentIds: readonly string[],
) => Promise<ReadonlyMap<string, Parties['context']>>;

/**
 * Reads it from the decisions, which keep every screened intent as it came. Payments that were
 * never screened, or whose record nobody can read any more, are left out. Throws the faults of the
 * database and the registry.
 */
export function createContexts(deps: { database: Pick<Database, 'knex'>; codec: Codec }): Contexts {
  const { database, codec } = deps;
  return async (paymentIds) => {
    const rows = await readScored(database.knex, paymentIds);
    await codec.load(rows.map(({ scored: value }) => ({ value })));
    const contexts = new Map<string, Parties['context']>();
    for (const { paymentId, scored } of rows) {
      const decoded = codec.decode(topics.paymentScored, scored);
      if (decoded.ok) contexts.set(paymentId, decoded.value.intent.context);
    }
    return contexts;
  };
}
