import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type System } from '../support/system.ts';

const pipeline = 'fraud,settlement,commands,outbox,outcomes,notifications,timers';

let system: System;
beforeAll(async () => {
  system = await startSystem({ seed: true, processors: [pipeline, 'backtests'] });
}, 180_000);
afterAll(() => system?.stop());

test(
  'an analyst tries a rule set on what was paid, and the worker may die meanwhile',
  () =>
    system.guard(async () => {
      const payee = await system.api.register('customer');
      const payer = await system.api.customerWith(100_000);
      const amounts = [100, 200, 300, 400, 500, 600];
      for (const amountMinor of amounts) {
        const paid = await payer.pay(
          { from: payer.walletId, to: payee.walletId, amountMinor },
          { wait: 10 },
        );
        expect(paid.json).toMatchObject({ status: 'captured' });
      }
      const analyst = await system.api.seeded('analyst1');
      const draft = async (name: string, above: number): Promise<string> => {
        const rules = `review "above" when amount_minor > ${above}`;
        const { json } = await analyst.post('/fraud/rulesets', { name, rules });
        return (json as { id: string }).id;
      };
      const ruleset_id = await draft('strict', 350);
      const compare_to = await draft('lenient', 1_000_000);
      await system.kill('streams:backtests');
      const hour = 3_600_000;
      const [from, to] = [-hour, hour].map((ms) => new Date(Date.now() + ms).toISOString());
      const asked = { ruleset_id, compare_to, from, to };
      const { json, status } = await analyst.post('/fraud/backtests', asked);
      expect(status).toBe(202);
      await system.restart('streams:backtests');
      const path = `/fraud/backtests/${(json as { id: string }).id}`;
      await system.waitFor(
        async () => {
          const found = await analyst.get(path);
          return (found.json as { status: string }).status === 'succeeded';
        },
        'the backtest has ended',
        60_000,
      );
      const { report } = (await analyst.get(path)).json as { report: object };
      expect(report).toMatchObject({ payments: { payments: 6 }, differences: 3 });
      const listed = await analyst.get(`${path}/differences`);
      const rows = (listed.json as { data: object[] }).data;
      expect(rows).toMatchObject(
        [400, 500, 600].map((amount_minor) => ({
          ...{ amount_minor, champion: { outcome: 'approve' }, candidate: { outcome: 'review' } },
        })),
      );
    }),
  120_000,
);
