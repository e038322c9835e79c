import { features, type RuleSet } from '@wallet/core-ledger';
import type { Decision } from '@wallet/schemas';
import { z } from 'zod';
import { fields } from '../http/fields.ts';

const findingSchema = z
  .strictObject({
    rule: fields.text(64).meta({ example: 'card testing burst' }),
    action: z.enum(['hard_block', 'allow', 'block', 'review', 'score']),
    result: z.enum(['match', 'no_match', 'not_evaluated']),
    missing: fields
      .text(100)
      .optional()
      .meta({ description: 'What was not there.', example: 'context.device_id' }),
  })
  .meta({ id: 'FraudFinding' });

/** A decision as the contract shows it. */
export const decisionSchema = z
  .strictObject({
    outcome: z.enum(['approve', 'review', 'block']),
    score: z.int(),
    findings: z.array(findingSchema).max(200).meta({ description: 'Of every rule of the set.' }),
    features: z
      .record(fields.text(64), z.int())
      .meta({ description: 'Counters that were read.', example: { 'payer.count_1h': 3 } }),
    ruleset_hash: z
      .string()
      .max(64)
      .regex(/^[0-9a-f]{64}$/)
      .meta({ example: 'a3'.repeat(32) }),
    engine_version: fields.word('1'),
    catalogue_version: fields.word('5d89021a6db3bc39'),
    lists_version: z.int().min(0),
    degraded: z.boolean().meta({ description: 'Decided without the counters.' }),
    decided_at: fields.time(),
    counters_us: z.int().min(0).meta({ description: 'How long the counters took.' }),
    evaluation_us: z.int().min(0).meta({ description: 'How long the rules took.' }),
  })
  .meta({ id: 'FraudDecision' });

type Shown = z.output<typeof decisionSchema>;

/** @param rules of the set that decided; rules without a finding did not match */
export function shownDecision(
  decision: Decision,
  rules: readonly Pick<RuleSet['rules'][number], 'name' | 'action'>[],
): Shown {
  const told = new Map(decision.findings.map((finding) => [finding.rule, finding]));
  const others = rules.filter(({ name }) => !told.has(name));
  return {
    ...{ outcome: decision.outcome, score: decision.score },
    findings: [
      ...decision.findings.map(({ rule, action, result, missing }) => ({
        ...{ rule, action: action as Shown['findings'][number]['action'], result },
        ...(missing === null ? {} : { missing }),
      })),
      ...others.map(({ name, action }) => ({
        ...{ rule: name, action, result: 'no_match' as const },
      })),
    ],
    features: shownFeatures(decision),
    ...{ ruleset_hash: decision.ruleset_hash, engine_version: decision.engine_version },
    ...{ catalogue_version: decision.catalogue_version, lists_version: decision.lists_version },
    ...{ degraded: decision.degraded, decided_at: new Date(decision.decided_at).toISOString() },
    ...{ counters_us: decision.counters_us, evaluation_us: decision.evaluation_us },
  };
}

/** By name; the catalogue is only ever added to. */
function shownFeatures({ features: values }: Decision): Record<string, number> {
  return Object.fromEntries(
    values.flatMap((value, index) => {
      const name = features[index]?.name;
      return value === null || name === undefined ? [] : [[name, Number(value)] as const];
    }),
  );
}
