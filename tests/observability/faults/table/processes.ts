import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../fault.ts';
import { behindTheBack } from '../tampering.ts';
import { afterwards, type World } from '../world.ts';

const kill =
  (role: string): Fault['inject'] =>
  async ({ system }) => {
    await system.kill(role);
    return () => system.restart(role);
  };

/** Longer than its session at Kafka: others take over, and it comes back as a zombie. */
const freeze =
  (role: string): Fault['inject'] =>
  async ({ system }) => {
    const handle = system.process(role);
    handle.kill('SIGSTOP');
    return async () => handle.kill('SIGCONT');
  };

/** Runs for one millisecond of ten, in long pieces: as on a machine that is far too small. */
const starve =
  (role: string): Fault['inject'] =>
  async ({ system }) => {
    const handle = system.process(role);
    let over = false;
    const starving = (async () => {
      while (!over) {
        handle.kill('SIGSTOP');
        await pause(900);
        handle.kill('SIGCONT');
        await pause(100);
      }
    })();
    return async () => {
      over = true;
      await starving;
    };
  };

/** Nobody is there to end what ends in a second. */
const freezeTimers =
  (begin: (world: World) => Promise<unknown>): Fault['inject'] =>
  async (world) => {
    await begin(world);
    return freeze(`streams:${afterwards}`)(world);
  };

const authorize = ({ ann, bob }: World): Promise<unknown> =>
  ann.post(
    '/payments',
    {
      ...{ payer_wallet_id: ann.walletId, payee_wallet_id: bob.walletId, amount_minor: 510 },
      ...{ currency: 'USD', capture: 'manual', authorization_expires_in: 1 },
    },
    { wait: 5 },
  );

/** As if its day were over. */
const endWindows = (world: World): Promise<void> =>
  behindTheBack(
    world,
    `update settlement_window set closes_at = now() + interval '1 second' where closed_at is null`,
  );

const killed = (role: string, alert: string, does: string): Fault => ({
  ...{ name: `${role.replace('streams:', '')} killed`, alert, does },
  inject: kill(role),
});
const frozen = (role: string, alert: string, does: string): Fault => ({
  ...{ name: `${role.replace('streams:', '')} frozen`, alert, does },
  inject: freeze(role),
});

export const processFaults: readonly Fault[] = [
  killed('edge', 'RoleAway', 'The edge is killed and stays away'),
  frozen('edge', 'RoleAway', 'The edge is frozen: it takes connections and says nothing'),
  killed('identity', 'RoleAway', 'The identity service is killed: nobody logs in'),
  frozen('identity', 'RoleAway', 'The identity service is frozen'),
  killed('streams:fraud', 'PaymentsNotFlowing', 'Whoever scores payments is killed'),
  frozen('streams:fraud', 'PaymentsNotFlowing', 'Whoever scores payments is frozen'),
  killed('streams:settlement', 'PaymentsNotFlowing', 'Whoever settles payments is killed'),
  frozen('streams:settlement', 'PaymentsNotFlowing', 'Whoever settles payments is frozen'),
  killed('streams:commands', 'CommandsNotFlowing', 'Whoever does top-ups and refunds is killed'),
  frozen('streams:commands', 'CommandsNotFlowing', 'Whoever does top-ups and refunds is frozen'),
  killed('streams:outbox', 'OutboxOld', 'The relay of the outbox is killed'),
  frozen('streams:outbox', 'OutboxOld', 'The relay of the outbox is frozen'),
  {
    name: 'notifications killed',
    does: 'Whoever writes notifications and feeds the counters of rules is killed',
    alert: 'ConsumerLag',
    inject: kill(`streams:${afterwards}`),
  },
  killed('streams:monitor', 'VerifierSilent', 'The monitor is killed'),
  frozen('streams:monitor', 'VerifierSilent', 'The monitor is frozen'),
  {
    name: 'timers frozen',
    does: 'The clock of the timers stands still while an authorization runs out',
    alert: 'TimersLate',
    inject: freezeTimers(authorize),
  },
  {
    name: 'window open',
    does: 'The clock of the timers stands still, and the windows of settlements stay open',
    alert: 'TimersLate',
    inject: freezeTimers(endWindows),
  },
  {
    name: 'fraud starved',
    does: 'Whoever scores payments gets a tenth of a processor, in long pieces',
    alert: 'ProcessUnhealthy',
    inject: starve('streams:fraud'),
  },
  {
    name: 'edge starved',
    does: 'The edge gets a tenth of a processor, in long pieces',
    alert: 'ProcessUnhealthy',
    inject: starve('edge'),
  },
];
