import {
  accountsOfWithdrawal,
  createLimitRefusalWriter,
  createWithdrawalShelf,
  decideWithdrawal,
  decideWithdrawalAction,
  deriveId,
  payingAccountOf,
} from '@wallet/core-ledger';
import type { Withdrawal, WithdrawalAction, WithdrawalShelf } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { WalletIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Desk, Kind, Trade, Work } from '../posting/kind.ts';
import { createActionBook } from './actions.ts';
import type { ActionBook } from './actions.ts';

type WithdrawalWork = Work<WalletIntent>;

/** Money that leaves for a bank, and what is heard of it there. */
export function createWithdrawals(desk: Desk): Trade {
  const shelf = createWithdrawalShelf();
  const limits = createLimitRefusalWriter();
  const actions = createActionBook(desk);
  const ofWallet = {
    topic: topics.walletIntents,
    intentOf: (intent: WalletIntent) => intent,
    concerns: (intent: WalletIntent) => ({ walletIds: [intent.wallet_id], paymentId: null }),
  };
  const accountsOf = ({ wallet_id }: WalletIntent) => {
    const wallet = desk.wallets.get(wallet_id);
    return wallet === undefined
      ? { touched: [], ordered: null }
      : { touched: accountsOfWithdrawal(wallet), ordered: payingAccountOf(wallet) };
  };
  const asked: Kind<WalletIntent> = {
    ...{ ...ofWallet, kind: 'withdrawal', accounts: accountsOf },
    isOne: (intent) => intent.kind === 'withdrawal',
    decide(work, book) {
      const { value: intent } = work;
      const outcome = decideWithdrawal(intent, desk.wallets.get(intent.wallet_id), book);
      shelf.add(intent, outcome);
      if (outcome.limit !== undefined) limits.add(intent.intent_id, outcome.limit);
      const { status, failureCode: code } = outcome;
      tell(desk, work, shelf.get(intent.intent_id), { from: 'pending', code });
      const settled = { kind: 'withdrawal', code, acceptedAtMs: intent.accepted_at } as const;
      return { ...settled, outcome: status === 'failed' ? 'failed' : 'succeeded' };
    },
  };
  const heard = (['withdrawal_confirmation', 'withdrawal_return'] as const).map(
    (action): Kind<WalletIntent> => ({
      ...{ ...ofWallet, kind: action, accounts: accountsOf },
      isOne: (intent) => intent.kind === action,
      ask: ({ withdrawal_id }) => void (withdrawal_id !== null && shelf.ask(withdrawal_id)),
      decide: (work, book) => act({ desk, shelf, actions }, work, action, book),
    }),
  );
  return { kinds: [asked, ...heard], shelves: [shelf], writers: [limits, actions] };
}

function act(
  { desk, shelf, actions }: { desk: Desk; shelf: WithdrawalShelf; actions: ActionBook },
  work: WithdrawalWork,
  action: WithdrawalAction,
  book: Parameters<Kind['decide']>[1],
) {
  const { value: intent, record } = work;
  const id = intent.withdrawal_id ?? intent.intent_id;
  const found = { withdrawal: shelf.get(id), wallet: desk.wallets.get(intent.wallet_id) };
  const outcome = decideWithdrawalAction(action, intent.intent_id, found, book);
  if (outcome.ok) {
    shelf.change(outcome.withdrawal);
    tell(desk, work, outcome.withdrawal, { from: 'in_transit', code: null });
  }
  return actions.record(intent, record, {
    ...{ kind: action, noun: 'withdrawal', nounId: id, code: outcome.ok ? null : outcome.code },
    told: {
      ...{ walletId: intent.wallet_id, ownerId: intent.owner_id, currency: intent.currency },
    },
  });
}

/** Its history and its event. Key: the withdrawal's id. */
function tell(
  { codec, clock, outbox, changes }: Desk,
  { value: intent, record }: WithdrawalWork,
  withdrawal: Withdrawal | undefined,
  { from, code }: { from: string; code: string | null },
): void {
  if (withdrawal === undefined) return;
  const { id, status: to, version, acceptedAtMs } = withdrawal;
  changes.add({
    ...{ object: 'withdrawal', objectId: id, version, from, to },
    ...actorOf(intent, record),
  });
  const type = `withdrawal.${to}`;
  const eventId = deriveId(acceptedAtMs, id, type, version);
  const payload = codec.encode(topics.walletEvents, {
    ...{ event_id: eventId, type, object_id: id, noun: null, noun_id: null },
    ...{ wallet_id: withdrawal.walletId, owner_id: withdrawal.ownerId },
    ...{ amount_minor: withdrawal.amountMinor, currency: withdrawal.currency },
    ...{ failure_code: code, occurred_at: clock.nowMs() },
  });
  const event = { eventId, partition: null, key: id, payload, headers: carried(record) };
  outbox.add(topics.walletEvents.name, event);
}
