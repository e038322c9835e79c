import { attributes, findDecidingRules, findScored, type Database } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { IntentLog } from '../intents/intent-log.ts';
import { refuse } from '../problems.ts';
import { decisionSchema, shownDecision } from './decision.ts';

export type DecisionDependencies = { db: Database; intentLog: IntentLog };

const attributeSchema = z
  .strictObject({
    name: fields.text(100).meta({ example: 'payer.count_1h' }),
    type: z.enum(['int', 'bool', 'string']),
    description: fields.text(500).meta({ example: 'payments of the payer within 1h' }),
    unit: fields.text(50).nullable().meta({ example: 'payments' }),
    entity: fields.text(50).nullable().meta({ example: 'payer' }),
    aggregate: fields.text(50).nullable().meta({ example: 'count' }),
    window: fields.text(10).nullable().meta({ example: '1h' }),
    includes_current: z.boolean().meta({ description: 'Is the payment itself counted?' }),
  })
  .meta({ id: 'FraudAttribute' });

const operation = { method: 'get', tag: 'fraud', scope: 'fraud:read', idempotent: false } as const;

/** What rules may name, and what they decided. */
export function decisionRoutes(route: Route, { db, intentLog }: DecisionDependencies): void {
  route({
    ...operation,
    path: '/fraud/attributes',
    summary: 'List everything a rule may name',
    responses: {
      200: {
        description: 'The catalogue.',
        schema: z
          .strictObject({ data: z.array(attributeSchema).max(1_000) })
          .meta({ id: 'FraudAttributes' }),
      },
    },
    errors: [],
    handler: async () => ({ status: 200, body: { data: catalogue } }),
  });
  route({
    ...operation,
    path: '/fraud/decisions/{payment_id}',
    summary: 'See why a payment was decided so',
    description: 'Every rule of the set that decided, with the counters it read.',
    params: z.object({ payment_id: fields.id() }),
    responses: { 200: { description: 'The decision as it was made.', schema: decisionSchema } },
    errors: ['state_unavailable'],
    async handler({ params }) {
      const scored = await findScored(db.knex, params.payment_id);
      if (scored === null) return refuse('not_found');
      if (!intentLog.isOpen()) return refuse('state_unavailable');
      const { decision } = await intentLog.decode(topics.paymentScored, scored);
      const ruleSet = await findDecidingRules(db.knex, decision.ruleset_hash);
      return { status: 200, body: shownDecision(decision, ruleSet?.rules ?? []) };
    },
  });
}

const catalogue: z.output<typeof attributeSchema>[] = [...attributes].map(([name, attribute]) => ({
  ...{ name, type: attribute.type, description: attribute.doc, unit: attribute.unit },
  ...{ entity: attribute.entity, aggregate: attribute.aggregate, window: attribute.window },
  includes_current: attribute.includesCurrent,
}));
