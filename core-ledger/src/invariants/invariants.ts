import type { Queryable } from '../database/database.ts';
import * as balances from './balances.ts';
import { chainRecomputes, evidenceIsAppendOnly } from './evidence.ts';
import { findRows } from './pass.ts';
import type { Finding, Pass } from './pass.ts';
import { disputesAddUp, disputesEnd } from './disputes.ts';
import * as payments from './payments.ts';
import { refundsAddUp } from './refunds.ts';
import { settlementsAddUp } from './settlements.ts';

/** What must always hold of the database, and how to find what breaks it. */
export type Invariant = {
  readonly id: keyof typeof titles;
  readonly title: string;
  /** A recent pass is by induction: what was good before is only extended. */
  find(db: Queryable, pass: Pass): Promise<Finding>;
};

const titles = {
  I1: 'each transfer sums to zero per currency',
  I2: 'the whole ledger sums to zero per currency',
  I3: 'balance = entries = last running balance',
  I4: 'what is available is above the limit',
  I5: 'held = open holds, none past its expiry',
  I6: 'each intent ends once, and within its time',
  I7: 'one intent, one effect',
  I8: 'refunds and disputes are within what was captured',
  I9: 'the money of a payment is what its state says',
  I10: 'account versions are 1..n without a gap',
  I12: 'every effect has its outbox row, every row is published',
  I15: 'what was refused left nothing',
  I17: 'the chain of hashes recomputes',
  I18: 'entries, transfers and blocks cannot be changed',
  I22: 'a settlement is what its items and its transfers say',
} as const;

const bySql = (id: keyof typeof titles, sql: string): Invariant => ({
  ...{ id, title: titles[id] },
  find: (db, pass) => findRows(db, sql, pass),
});

export const invariants: readonly Invariant[] = [
  bySql('I1', balances.eachTransferSumsToZero),
  bySql('I2', balances.ledgerSumsToZero),
  bySql('I3', balances.balancesFollowEntries),
  bySql('I4', balances.availableAboveLimit),
  bySql('I5', balances.heldIsOpenHolds),
  bySql('I6', `${payments.intentsEnd} union all ${disputesEnd}`),
  bySql('I7', payments.oneEffectPerIntent),
  bySql('I8', [payments.returnedWithinCaptured, refundsAddUp, disputesAddUp].join(' union all ')),
  bySql('I9', payments.statesAreLegal),
  bySql('I10', balances.versionsWithoutGap),
  bySql('I12', payments.effectsAreTold),
  bySql('I15', payments.refusalsLeaveNothing),
  { id: 'I17', title: titles.I17, find: chainRecomputes },
  bySql('I18', evidenceIsAppendOnly),
  bySql('I22', settlementsAddUp),
];
