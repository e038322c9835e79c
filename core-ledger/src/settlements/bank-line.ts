import { LedgerFault } from '../database/fault.ts';
import type { PlatformAccounts } from '../ledger/accounts.ts';
import type { Book } from '../ledger/book.ts';
import { deriveId } from '../ledger/ids.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { inTransitOf } from './settlement.ts';
import type { Settlement } from './settlement.ts';
import type { Standing } from './standing.ts';
import { decideTransition } from './transition.ts';
import type { SettlementActionOutcome } from './transition.ts';

export type BankLineOutcome = 'matched' | 'under' | 'over' | 'wrong_currency' | 'unknown';

/** A line of a bank's statement about the account that safeguards the money. */
export type BankLine = {
  readonly id: string;
  readonly statementId: string;
  /** The bank's own; good for one line. */
  readonly bankReference: string;
  /** Ours, as the bank has it. */
  readonly reference: string | null;
  /** Money came in. */
  readonly isCredit: boolean;
  readonly amountMinor: bigint;
  readonly currency: string;
};

export type BankLineDecision = {
  readonly outcome: BankLineOutcome;
  /** What went to suspense, or is owed by it; of a credit, with what ends such a debt. */
  readonly unplacedMinor: bigint;
  /** The transfer that did that; null: all of it has its place. */
  readonly unplacedTransferId: string | null;
  /** What it does to its settlement; null: nothing that was not known. */
  readonly action: Extract<SettlementActionOutcome, { ok: true }> | null;
  /** The settlement that the line is about, as the line leaves it. */
  readonly settlement: Settlement | null;
};

type Found = {
  readonly settlement: Settlement | undefined;
  readonly standing: Standing | undefined;
  readonly wallet: WalletFacts | undefined;
};

/**
 * Decides what a line means. A debit pays what is in transit, a credit brings back what was paid:
 * first what was paid too much, as no merchant is owed that. What an operator has already said
 * counts as said. All that is more moves between bank and suspense, so that the bank's account is
 * what the bank says, and a person looks.
 */
export function decideBankLine(
  line: BankLine,
  found: Found,
  intent: { id: string; actorId: string; acceptedAtMs: number },
  { platform, book }: { platform: PlatformAccounts; book: Book },
): BankLineDecision {
  const { settlement } = found;
  const { amountMinor, isCredit } = line;
  const parts = divided(line, settlement);
  const { undoneMinor, actedMinor, shownMinor } = parts;
  const unplacedMinor = amountMinor - shownMinor;
  const order = {
    ...{ intentId: intent.id, actorId: intent.actorId, amountMinor: actedMinor },
    ...{ target: isCredit ? ('returned' as const) : ('settled' as const), isOfPaid: isCredit },
    reference: null,
  };
  const action = actedMinor === 0n ? null : decideTransition(order, { ...found, book });
  if (action !== null && !action.ok) {
    throw new LedgerFault('broken_invariant', `a bank's line was ${action.code}`);
  }
  const unplacedTransferId =
    unplacedMinor === 0n ? null : postUnplaced(line, { ...intent, unplacedMinor, platform, book });
  const overpaidMinor = parts.isOurs && !isCredit ? unplacedMinor : -undoneMinor;
  return {
    outcome: outcomeOf(line, settlement, parts),
    ...{ unplacedMinor, unplacedTransferId, action },
    settlement: shownBy(line, action?.settlement ?? settlement, { shownMinor, overpaidMinor }),
  };
}

/** The settlement with what the line shows of it. */
function shownBy(
  { isCredit }: BankLine,
  settlement: Settlement | undefined,
  { shownMinor, overpaidMinor }: { shownMinor: bigint; overpaidMinor: bigint },
): Settlement | null {
  if (settlement === undefined) return null;
  return {
    ...settlement,
    bankedMinor: settlement.bankedMinor + (isCredit ? -shownMinor : shownMinor),
    overpaidMinor: settlement.overpaidMinor + overpaidMinor,
  };
}

/** What a line has to do with the settlement that it names; minor units. */
type Parts = {
  /** It is in the settlement's currency. */
  readonly isOurs: boolean;
  /** Ends what was paid too much. */
  readonly undoneMinor: bigint;
  /** Changes the settlement. */
  readonly actedMinor: bigint;
  /** That, and what an operator has said before. */
  readonly shownMinor: bigint;
  /** What a line could say at most. */
  readonly waitedMinor: bigint;
};

function divided(line: BankLine, settlement: Settlement | undefined): Parts {
  const isOurs = settlement?.currency === line.currency;
  if (settlement === undefined || !isOurs) {
    return { isOurs, undoneMinor: 0n, actedMinor: 0n, shownMinor: 0n, waitedMinor: 0n };
  }
  const knownMinor = knownOf(line, settlement);
  const excessMinor = line.isCredit ? settlement.overpaidMinor : 0n;
  const freshMinor = line.isCredit ? settlement.confirmedMinor : inTransitOf(settlement);
  const saidMinor = least(line.amountMinor, knownMinor);
  const undoneMinor = least(line.amountMinor - saidMinor, excessMinor);
  const actedMinor = least(line.amountMinor - saidMinor - undoneMinor, freshMinor);
  return {
    ...{ isOurs, undoneMinor, actedMinor, shownMinor: saidMinor + actedMinor },
    waitedMinor: knownMinor + excessMinor + freshMinor,
  };
}

/** Of what an operator has said, what no line has shown yet. A return of that is not waited for. */
function knownOf({ isCredit }: BankLine, { confirmedMinor, bankedMinor }: Settlement): bigint {
  if (!isCredit) return confirmedMinor > bankedMinor ? confirmedMinor - bankedMinor : 0n;
  return bankedMinor > confirmedMinor ? bankedMinor - confirmedMinor : 0n;
}

function outcomeOf(
  { currency, amountMinor }: BankLine,
  settlement: Settlement | undefined,
  { undoneMinor, waitedMinor }: Parts,
): BankLineOutcome {
  if (settlement === undefined) return 'unknown';
  if (settlement.currency !== currency) return 'wrong_currency';
  if (amountMinor > waitedMinor) return 'over';
  return amountMinor === waitedMinor || amountMinor === undoneMinor ? 'matched' : 'under';
}

function postUnplaced(
  line: BankLine,
  given: {
    id: string;
    acceptedAtMs: number;
    unplacedMinor: bigint;
    platform: PlatformAccounts;
    book: Book;
  },
): string {
  const { id: intentId, acceptedAtMs, unplacedMinor, platform, book } = given;
  const id = deriveId(acceptedAtMs, line.id, 'unplaced');
  const [from, to] = line.isCredit
    ? [platform.bank, platform.suspense]
    : [platform.suspense, platform.bank];
  const { currency } = line;
  const result = book.post({
    ...{ type: 'transfer', id, kind: line.isCredit ? 'unplaced' : 'overpaid', intentId },
    paymentId: null,
    legs: [
      { accountId: from, amountMinor: -unplacedMinor, currency },
      { accountId: to, amountMinor: unplacedMinor, currency },
    ],
  });
  if (!result.ok) throw new LedgerFault('broken_invariant', `a bank's line was ${result.reason}`);
  return id;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
