import {
  accountsOfTopUp,
  createLimitRefusalWriter,
  createTopUpWriter,
  decideTopUp,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { WalletIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import type { Desk, Kind, Trade } from '../posting/kind.ts';
import { walletEventOf } from './events.ts';

/** Money from outside, put on a wallet. Credits commute: they keep nobody's order. */
export function createTopUps({ codec, clock, wallets, changes, outbox }: Desk): Trade {
  const topUps = createTopUpWriter();
  const limits = createLimitRefusalWriter();
  const kind: Kind<WalletIntent> = {
    kind: 'top_up',
    topic: topics.walletIntents,
    isOne: (intent) => intent.kind === 'top_up',
    intentOf: (intent) => intent,
    concerns: (intent) => ({ walletIds: [intent.wallet_id], paymentId: null }),
    accounts(intent) {
      const wallet = wallets.get(intent.wallet_id);
      return { touched: wallet === undefined ? [] : accountsOfTopUp(wallet), ordered: null };
    },
    decide({ value: intent, record }, book) {
      const outcome = decideTopUp(intent, wallets.get(intent.wallet_id), book);
      topUps.add(intent, outcome);
      if (outcome.limit !== undefined) limits.add(intent.intent_id, outcome.limit);
      const { status, failureCode } = outcome;
      changes.add({
        ...{ object: 'top_up', objectId: intent.intent_id, version: 1, from: null, to: status },
        ...actorOf(intent, record),
      });
      const told = { type: `top_up.${status}`, failureCode, occurredAtMs: clock.nowMs() };
      outbox.add(topics.walletEvents.name, walletEventOf(codec, record, intent, told));
      return {
        ...{ kind: 'top_up', outcome: status, code: failureCode },
        acceptedAtMs: intent.accepted_at,
      };
    },
  };
  return { kinds: [kind], shelves: [], writers: [topUps, limits] };
}
