import { createBatchInsert, createBatchStatement } from '../database/statements.ts';
import type { Answer, Statement } from '../database/statements.ts';
import type { Withdrawal, WithdrawalOutcome, WithdrawalRequest } from './decide.ts';
import type { WithdrawalStatus } from './withdrawal.ts';

/**
 * The withdrawals of a batch, each locked, read and written once. Whoever changes one holds the
 * account in transit of its currency, so that nobody waits for a row here.
 */
export type WithdrawalShelf = {
  reset(): void;
  ask(withdrawalId: string): void;
  /** To be sent behind the locks on accounts; none when nothing was asked for. */
  reads(): Statement[];
  open(answers: readonly Answer[]): void;
  /** As the last change left it, be it of this batch. */
  get(withdrawalId: string): Withdrawal | undefined;
  add(request: WithdrawalRequest, outcome: WithdrawalOutcome): void;
  change(withdrawal: Withdrawal): void;
  /** Rows new and changed. */
  statements(): Statement[];
};

export function createWithdrawalShelf(): WithdrawalShelf {
  const { locks, inserts, updates } = shelfStatements();
  const rows = new Map<string, Withdrawal>();
  const changed = new Set<string>();
  return {
    reset() {
      for (const statement of [locks, inserts, updates]) statement.reset();
      rows.clear();
      changed.clear();
    },
    ask: (id) => void locks.columns.id.add(id),
    reads: () => (locks.count() > 0 ? [locks.statement()] : []),
    open([answer]) {
      for (const row of answer?.rows ?? []) {
        const withdrawal = withdrawalOf(row);
        rows.set(withdrawal.id, withdrawal);
      }
    },
    get: (id) => rows.get(id),
    add(request, outcome) {
      addRow(inserts.columns, request, outcome);
      rows.set(request.intent_id, {
        ...{ id: request.intent_id, walletId: request.wallet_id, ownerId: request.owner_id },
        ...{ amountMinor: request.amount_minor, currency: request.currency },
        ...{ status: outcome.status, version: 1, acceptedAtMs: request.accepted_at },
      });
    },
    change(withdrawal) {
      rows.set(withdrawal.id, withdrawal);
      changed.add(withdrawal.id);
    },
    statements() {
      updates.reset();
      for (const id of changed) {
        const { status, version } = rows.get(id) ?? {};
        updates.columns.id.add(id);
        updates.columns.status.add(status ?? null);
        updates.columns.version.add(version ?? null);
      }
      return [inserts, updates]
        .filter((statement) => statement.count() > 0)
        .map((statement) => statement.statement());
    },
  };
}

function shelfStatements() {
  const locks = createBatchStatement({
    name: 'lock_withdrawals',
    text: `select id, wallet_id, owner_id, amount_minor, currency, status, version,
        floor(extract(epoch from accepted_at) * 1000)
      from withdrawal where id = any($1::uuid[]) order by id for update skip locked`,
    columns: { id: 'uuid' },
  });
  const inserts = createBatchInsert('withdrawal', {
    ...{ id: 'uuid', wallet_id: 'uuid', owner_id: 'uuid', amount_minor: 'int8' },
    ...{ accepted_at: 'timestamptz', version: 'int4', status: 'text', currency: 'text' },
    ...{ destination: 'text', reference: 'text', failure_code: 'text' },
  });
  const updates = createBatchStatement({
    name: 'update_withdrawal',
    // The offset keeps the look-up behind the rows: of a small table a join begins with the table.
    text: `update withdrawal w
      set status = r.status, version = r.version, updated_at = statement_timestamp()
      from $rows as r (id, status, version)
      cross join lateral (select ctid from withdrawal where id = r.id offset 0) found
      where w.ctid = found.ctid`,
    columns: { id: 'uuid', status: 'text', version: 'int4' },
  });
  return { locks, inserts, updates };
}

type Columns = ReturnType<typeof shelfStatements>['inserts']['columns'];

function addRow(columns: Columns, request: WithdrawalRequest, outcome: WithdrawalOutcome): void {
  columns.id.add(request.intent_id);
  columns.wallet_id.add(request.wallet_id);
  columns.owner_id.add(request.owner_id);
  columns.amount_minor.add(request.amount_minor);
  columns.accepted_at.add(request.accepted_at);
  columns.version.add(1);
  columns.status.add(outcome.status);
  columns.currency.add(request.currency);
  columns.destination.add(request.destination ?? '');
  columns.reference.add(request.reference);
  columns.failure_code.add(outcome.failureCode);
}

function withdrawalOf(row: readonly (string | null)[]): Withdrawal {
  const [id, walletId, ownerId, amountMinor, currency, status, version, acceptedAt] = row;
  return {
    ...{ id: id ?? '', walletId: walletId ?? '', ownerId: ownerId ?? '' },
    ...{ amountMinor: BigInt(amountMinor ?? ''), currency: currency ?? '' },
    ...{ status: (status ?? 'failed') as WithdrawalStatus, version: Number(version) },
    acceptedAtMs: Number(acceptedAt),
  };
}
