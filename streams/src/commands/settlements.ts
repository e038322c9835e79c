import {
  createSettlementShelf,
  createStandingShelf,
  createWindowShelf,
  decideSettlement,
  decideTransition,
} from '@wallet/core-ledger';
import type { Book, SettlementTarget } from '@wallet/core-ledger';
import type { SettlementIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Desk, Kind, Settled, Trade, Work } from '../posting/kind.ts';
import { createActionBook } from './actions.ts';
import { bankStatementKind } from './bank-statements.ts';
import { keepTransition, ofSettlements, touchedOf } from './settlement-desk.ts';
import type { SettlementDesk } from './settlement-desk.ts';
import { tellSettlement } from './settlement-events.ts';
import { openTicketOnReturn } from './settlement-tickets.ts';

type SettlementWork = Work<SettlementIntent>;

/** Money that leaves for merchants' banks: batches, what is done with them, windows, statements. */
export function createSettlements(desk: Desk, limits?: { itemsAtMost: number }): Trade {
  const shelf = createSettlementShelf();
  const standings = createStandingShelf(limits);
  const windows = createWindowShelf();
  const actions = createActionBook(desk);
  const all = { desk, shelf, standings, windows, actions };
  const { kind: statement, lines } = bankStatementKind(all);
  return {
    kinds: [settlementKind(all), transitionKind(all), windowCloseKind(all), statement],
    shelves: [shelf, standings, windows, lines],
    writers: [actions],
  };
}

function settlementKind(all: SettlementDesk): Kind<SettlementIntent> {
  const { desk, shelf, standings, windows } = all;
  return {
    ...{ ...ofSettlements, kind: 'settlement' },
    isOne: ({ kind }) => kind === 'settlement',
    concerns: ({ wallet_id, payment_id: paymentId }) => ({
      walletIds: wallet_id === null ? [] : [wallet_id],
      paymentId,
    }),
    accounts: ({ wallet_id }) => touchedOf(desk, wallet_id),
    ask({ wallet_id: walletId, payment_id: paymentId, currency }) {
      if (walletId === null) return;
      shelf.askOf({ walletId, paymentId });
      standings.askMovements(walletId);
      windows.ask(currency);
      if (paymentId !== null) desk.disputes.askOf(paymentId);
    },
    decide: (work, book) => settle(all, work, book),
  };
}

function settle(all: SettlementDesk, work: SettlementWork, book: Book): Settled {
  const { desk, shelf, standings, windows } = all;
  const { value: intent, record } = work;
  const { intent_id: id, wallet_id, payment_id: paymentId, accepted_at: acceptedAtMs } = intent;
  const walletId = wallet_id ?? '';
  const origin = paymentId !== null ? 'payment' : intent.window_id === null ? 'run' : 'window';
  const place = paymentId === null ? '' : windows.openOf(intent.currency, { id, acceptedAtMs }).id;
  const { settlement, items, transfers, standing } = decideSettlement(
    {
      ...{ id, walletId, ownerId: intent.owner_id ?? '', paymentId, windowId: intent.window_id },
      ...{ origin, currency: intent.currency, createdBy: intent.caller_id },
      ...{ reason: intent.reason, acceptedAtMs },
    },
    {
      ...{ wallet: desk.wallets.get(walletId), standing: standings.get(walletId), book },
      payment: desk.payments.get(paymentId ?? ''),
      isDisputed: desk.disputes.openOf(paymentId ?? '')?.stage === 'chargeback',
      earlier: paymentId === null ? undefined : shelf.ofPayment(paymentId),
      ...{ waiting: shelf.waitingOf(walletId), openWindowId: place },
    },
  );
  shelf.put(settlement);
  for (const item of items) standings.addItem(settlement, item);
  for (const transfer of transfers) shelf.addTransfer(transfer);
  if (standing !== null) standings.put(standing);
  tellSettlement(desk, settlement, null, {
    actor: actorOf(intent, record),
    headers: carried(record),
  });
  const { failureCode: code, status } = settlement;
  const outcome = status === 'failed' ? 'failed' : 'succeeded';
  return { kind: 'settlement', outcome, code, acceptedAtMs };
}

function transitionKind(all: SettlementDesk): Kind<SettlementIntent> {
  const { desk, shelf, standings } = all;
  return {
    ...{ ...ofSettlements, kind: 'settlement_transition' },
    isOne: ({ kind }) => kind === 'settlement_transition',
    concerns: ({ wallet_id }) => ({
      walletIds: wallet_id === null ? [] : [wallet_id],
      paymentId: null,
    }),
    accounts: ({ wallet_id }) => touchedOf(desk, wallet_id),
    ask({ settlement_id: id, wallet_id: walletId }) {
      if (id !== null) shelf.ask(id);
      if (walletId !== null) standings.ask(walletId);
    },
    decide: (work, book) => change(all, work, book),
  };
}

function change(all: SettlementDesk, { value: intent, record }: SettlementWork, book: Book) {
  const { desk, shelf, standings, actions } = all;
  const id = intent.settlement_id ?? intent.intent_id;
  const walletId = intent.wallet_id ?? '';
  const settlement = shelf.get(id);
  const outcome = decideTransition(
    {
      ...{ intentId: intent.intent_id, target: intent.target as SettlementTarget },
      ...{ actorId: intent.caller_id, amountMinor: intent.amount_minor },
      ...{ isOfPaid: false, reference: intent.reference },
    },
    {
      ...{ settlement, standing: standings.get(walletId) },
      ...{ wallet: desk.wallets.get(walletId), book },
    },
  );
  if (outcome.ok) {
    keepTransition(all, outcome);
    const headers = carried(record);
    const cause = { actor: actorOf(intent, record), headers };
    tellSettlement(desk, outcome.settlement, settlement?.status ?? null, cause);
    const found = { atMs: intent.accepted_at, headers };
    openTicketOnReturn(desk, settlement, outcome.settlement, found);
  }
  return actions.record(intent, record, {
    ...{ kind: 'settlement_transition', noun: 'settlement', nounId: id },
    code: outcome.ok ? null : outcome.code,
    told: { walletId, ownerId: intent.owner_id ?? '', currency: intent.currency },
  });
}

/** A window closes and the next one opens, in the transaction of the batch that this is in. */
function windowCloseKind({ desk, windows, actions }: SettlementDesk): Kind<SettlementIntent> {
  return {
    ...{ ...ofSettlements, kind: 'settlement_window_close' },
    isOne: ({ kind }) => kind === 'settlement_window_close',
    concerns: ({ currency }) => ({ walletIds: [], paymentId: null, currencies: [currency] }),
    accounts({ currency }) {
      const platform = desk.platform.get(currency);
      return { touched: platform === undefined ? [] : [platform.in_transit], ordered: null };
    },
    ask: ({ currency }) => windows.ask(currency),
    decide({ value: intent, record }) {
      const id = intent.window_id ?? '';
      const { intent_id, accepted_at: acceptedAtMs } = intent;
      const closer = intent.actor_role === null ? null : intent.caller_id;
      const isClosed = windows.close(id, { id: intent_id, acceptedAtMs, closer });
      return actions.record(intent, record, {
        ...{ kind: 'settlement_window_close', noun: 'settlement_window', nounId: id },
        code: isClosed ? null : 'invalid_state',
        told: { walletId: '', ownerId: '', currency: intent.currency },
      });
    },
  };
}
