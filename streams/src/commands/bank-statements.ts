import { createBankLineShelf, decideBankLine, deriveId } from '@wallet/core-ledger';
import type { BankLine, BankLineDecision, BankLineShelf, Book } from '@wallet/core-ledger';
import type { BankLine as AskedLine, SettlementIntent } from '@wallet/schemas';
import { actorOf } from '../posting/actor.ts';
import { carried } from '../posting/carried.ts';
import type { Kind, Settled, Work } from '../posting/kind.ts';
import { keepTransition, ofSettlements, touchedOf } from './settlement-desk.ts';
import type { SettlementDesk } from './settlement-desk.ts';
import { tellBankLine, tellSettlement } from './settlement-events.ts';
import { openTicketOnLine, openTicketOnReturn } from './settlement-tickets.ts';

/** What a bank has told of the account that safeguards the money: each line once, for ever. */
export function bankStatementKind(all: SettlementDesk): {
  kind: Kind<SettlementIntent>;
  lines: BankLineShelf;
} {
  const { desk, shelf, standings } = all;
  const lines = createBankLineShelf();
  const kind: Kind<SettlementIntent> = {
    ...{ ...ofSettlements, kind: 'bank_statement' },
    isOne: (intent) => intent.kind === 'bank_statement',
    concerns: (intent) => ({
      walletIds: intent.lines.flatMap(({ wallet_id }) => wallet_id ?? []),
      paymentId: null,
      currencies: intent.lines.map(({ currency }) => currency),
    }),
    accounts(intent) {
      const ofWallets = intent.lines.flatMap((line) => touchedOf(desk, line.wallet_id).touched);
      const ofPlatform = intent.lines.flatMap(({ currency }) => {
        const platform = desk.platform.get(currency);
        return platform === undefined
          ? []
          : [platform.in_transit, platform.bank, platform.suspense];
      });
      return { touched: [...new Set([...ofWallets, ...ofPlatform])], ordered: null };
    },
    ask(intent) {
      for (const line of intent.lines) {
        lines.ask(line.currency, line.bank_reference);
        if (line.settlement_id !== null) shelf.ask(line.settlement_id);
        if (line.wallet_id !== null) standings.ask(line.wallet_id);
      }
    },
    decide(work, book) {
      const { value: intent, record } = work;
      for (const [place, line] of intent.lines.entries()) {
        if (lines.isKnown(line.currency, line.bank_reference)) continue;
        const asked = lineOf(intent, line, place);
        const decision = decideLine(all, work, { line: asked, told: line }, book);
        if (decision !== null) lines.add(asked, decision);
      }
      return recordStatement(all, intent, record);
    },
  };
  return { kind, lines };
}

function recordStatement(
  { actions }: SettlementDesk,
  intent: SettlementIntent,
  record: Work['record'],
): Settled {
  return actions.record(intent, record, {
    ...{ kind: 'bank_statement', noun: 'bank_statement', nounId: intent.intent_id, code: null },
    told: { walletId: '', ownerId: '', currency: intent.currency },
  });
}

function lineOf(intent: SettlementIntent, line: AskedLine, place: number): BankLine {
  return {
    id: deriveId(intent.accepted_at, intent.intent_id, 'bank line', place),
    ...{ statementId: intent.intent_id, bankReference: line.bank_reference },
    ...{ reference: line.reference, isCredit: line.is_credit },
    ...{ amountMinor: line.amount_minor, currency: line.currency },
  };
}

/** Null where nobody here has that currency: the edge refuses such a statement. */
function decideLine(
  all: SettlementDesk,
  { value: intent, record }: Work<SettlementIntent>,
  { line, told }: { line: BankLine; told: AskedLine },
  book: Book,
): BankLineDecision | null {
  const { desk, shelf, standings } = all;
  const platform = desk.platform.get(line.currency);
  if (platform === undefined) return null;
  const walletId = told.wallet_id ?? '';
  const before = shelf.get(told.settlement_id ?? '');
  const decision = decideBankLine(
    line,
    {
      ...{ settlement: before, standing: standings.get(walletId) },
      wallet: desk.wallets.get(walletId),
    },
    { id: intent.intent_id, actorId: intent.caller_id, acceptedAtMs: intent.accepted_at },
    { platform, book },
  );
  const headers = carried(record);
  if (decision.action !== null) keepTransition(all, decision.action);
  if (decision.settlement !== null) shelf.put(decision.settlement);
  if (decision.action !== null && decision.settlement !== null) {
    const cause = { actor: actorOf(intent, record), headers };
    tellSettlement(desk, decision.settlement, before?.status ?? null, cause);
  }
  tellBankLine(desk, line, decision, headers);
  const found = { atMs: intent.accepted_at, headers };
  openTicketOnLine(desk, line, decision, found);
  if (decision.outcome === 'matched' && decision.action !== null) {
    openTicketOnReturn(desk, before, decision.action.settlement, found);
  }
  return decision;
}
