import { randomUUID } from 'node:crypto';
import type { ApiRequest } from './api-client.ts';
import type { World } from './samples.ts';

export const sampleRules = 'review "large" when amount_minor > 1000000';

/** What analysts do. */
export function fraudSamples(): Record<string, (world: World) => ApiRequest> {
  const byAnalyst = (json?: object) => (world: World) => ({
    token: world.analystToken,
    ...(json === undefined ? {} : { json }),
  });
  const decided = (world: World) => ({
    ...byAnalyst({ reason: 'looked at it' })(world),
    key: randomUUID(),
  });
  return {
    'post /fraud_detection': (world) =>
      byAnalyst({
        ...{ payer_wallet_id: world.payer.walletId, payee_wallet_id: world.payee.walletId },
        ...{ amount_minor: 1_250, currency: 'USD' },
      })(world),
    'get /fraud/cases': byAnalyst(),
    'get /fraud/cases/{id}': byAnalyst(),
    'get /fraud/cases/{id}/history': byAnalyst(),
    'post /fraud/cases/{id}/assign': byAnalyst({}),
    'post /fraud/cases/{id}/notes': byAnalyst({ text: 'called the payer' }),
    'post /fraud/cases/{id}/approve': decided,
    'post /fraud/cases/{id}/reject': decided,
    'get /fraud/attributes': byAnalyst(),
    'get /fraud/decisions/{payment_id}': byAnalyst(),
    'post /fraud/rulesets': byAnalyst({ name: 'a sample', rules: sampleRules }),
    'put /fraud/rulesets/{id}': byAnalyst({ name: 'a sample', rules: sampleRules }),
    'get /fraud/rulesets': byAnalyst(),
    'get /fraud/rulesets/live': byAnalyst(),
    'get /fraud/rulesets/{id}': byAnalyst(),
    'get /fraud/rulesets/{id}/history': byAnalyst(),
    'get /fraud/rulesets/{id}/diff': byAnalyst(),
    'get /fraud/rulesets/{id}/shadow': byAnalyst(),
    'post /fraud/rulesets/{id}/shadow': byAnalyst({}),
    'post /fraud/rulesets/{id}/submit': byAnalyst({}),
    'post /fraud/rulesets/{id}/approve': (world) => ({ token: world.approverToken, json: {} }),
    'post /fraud/rulesets/{id}/retire': byAnalyst({}),
    'post /fraud/rulesets/{id}/publish': byAnalyst({}),
    'post /fraud/rulesets/rollback': byAnalyst({}),
    'post /fraud/backtests': (world) =>
      byAnalyst({
        ruleset_id: world.ids['/fraud/rulesets/{id}'],
        ...{ from: '2026-05-01T00:00:00Z', to: '2026-05-02T00:00:00Z' },
      })(world),
    'get /fraud/backtests': byAnalyst(),
    'get /fraud/backtests/{id}': byAnalyst(),
    'get /fraud/backtests/{id}/differences': byAnalyst(),
    'post /fraud/backtests/{id}/cancel': byAnalyst(),
    'get /fraud/lists': byAnalyst(),
    'post /fraud/lists': (world) =>
      byAnalyst({ name: `list_${randomUUID().slice(0, 8)}`, description: 'a sample' })(world),
    'get /fraud/lists/{name}/entries': byAnalyst(),
    'put /fraud/lists/{name}/entries/{value}': byAnalyst({ reason: 'a sample' }),
    'delete /fraud/lists/{name}/entries/{value}': byAnalyst(),
  };
}
