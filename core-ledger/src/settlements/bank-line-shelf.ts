import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import type { BankLine, BankLineDecision } from './bank-line.ts';

/** The lines of banks' statements, each of them once: by currency and the bank's own reference. */
export type BankLineShelf = Shelf & {
  ask(currency: string, bankReference: string): void;
  isKnown(currency: string, bankReference: string): boolean;
  add(line: BankLine, decision: BankLineDecision): void;
};

export function createBankLineShelf(): BankLineShelf {
  const reading = createBatchStatement({
    name: 'read_bank_lines',
    text: `select l.currency, l.bank_reference from $rows as r (currency, bank_reference)
      join bank_line l on l.currency = r.currency and l.bank_reference = r.bank_reference`,
    columns: { currency: 'text', bank_reference: 'text' },
  });
  const inserts = createBatchInsert('bank_line', {
    ...{ id: 'uuid', statement_id: 'uuid', settlement_id: 'uuid', amount_minor: 'int8' },
    ...{ unplaced_minor: 'int8', direction: 'text', outcome: 'text', currency: 'text' },
    ...{ bank_reference: 'text', reference: 'text' },
  });
  const known = new Set<string>();
  const keyOf = (currency: string, bankReference: string): string => `${currency} ${bankReference}`;
  return {
    reset() {
      for (const statement of [reading, inserts]) statement.reset();
      known.clear();
    },
    ask(currency, bankReference) {
      reading.columns.currency.add(currency);
      reading.columns.bank_reference.add(bankReference);
    },
    reads: () => (reading.count() > 0 ? [reading.statement()] : []),
    open([answer]) {
      for (const [currency, reference] of answer?.rows ?? []) {
        known.add(keyOf(currency ?? '', reference ?? ''));
      }
    },
    isKnown: (currency, bankReference) => known.has(keyOf(currency, bankReference)),
    add(line, { outcome, unplacedMinor, settlement }) {
      known.add(keyOf(line.currency, line.bankReference));
      const { columns } = inserts;
      columns.id.add(line.id);
      columns.statement_id.add(line.statementId);
      columns.settlement_id.add(settlement?.id ?? null);
      columns.amount_minor.add(line.amountMinor);
      columns.unplaced_minor.add(unplacedMinor);
      columns.direction.add(line.isCredit ? 'credit' : 'debit');
      columns.outcome.add(outcome);
      columns.currency.add(line.currency);
      columns.bank_reference.add(line.bankReference);
      columns.reference.add(line.reference);
    },
    statements: () => (inserts.count() > 0 ? [inserts.statement()] : []),
  };
}
