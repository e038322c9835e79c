import type { Database } from '@wallet/core-ledger';
import { measure, mediansOf, sizedVariant, type Measured } from './bench.ts';
import { printHistoryReport } from './report.ts';
import { startLedgerSystem, type LedgerSystem } from './system.ts';
import { drive, variantsOf, type Variant } from './variants.ts';

/**
 * After a checkpoint the first change of each page writes the whole page to the log. A long journal
 * has more pages: this is how long it takes until most have had it; checkpoints are minutes apart.
 */
const warmUpSeconds = 10;
/** What the journal grows to. */
const grownEntries = 10_000_000;
/** Transfers of two entries, between neighbours, in one statement. */
const roundsAtOnce = 5;

/** The speed with a short journal and with ten million entries in it; true when it is kept. */
export async function ledgerHistory(options: {
  rounds: number;
  seconds: number;
}): Promise<boolean> {
  const system = await startLedgerSystem();
  try {
    const variant = variantsOf(system).find(({ name }) => name === sizedVariant);
    if (variant === undefined) throw new Error(`there is no variant ${sizedVariant}`);
    const short = await measureRounds(system, variant, options);
    console.log('the journal grows');
    const entries = await growHistory(system);
    const long = await measureRounds(system, variant, options);
    return printHistoryReport({ short, long, entries });
  } finally {
    await system.close();
  }
}

async function measureRounds(
  system: LedgerSystem,
  variant: Variant,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Measured> {
  await system.database.knex.raw('checkpoint');
  await drive(system, variant, warmUpSeconds);
  const all: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    all.push(await measure(system, variant, seconds));
  }
  return mediansOf(all);
}

/** Neighbours pay each other to and fro, so that every balance ends as it began. */
async function growHistory({ database }: LedgerSystem): Promise<number> {
  let entries = await entryCount(database);
  while (entries < grownEntries) {
    await database.knex.transaction(async (trx) => {
      await trx.raw(growSql, { rounds: roundsAtOnce });
      await trx.raw(`update account set version = version + ? where kind = 'customer'`, [
        roundsAtOnce,
      ]);
    });
    entries = await entryCount(database);
  }
  // What autovacuum would do in time.
  await database.knex.raw('vacuum analyze');
  return entries;
}

const growSql = `
  with ranked as (
    select id, version, balance_minor, row_number() over (order by id) as rank
    from account where kind = 'customer'
  ), made as materialized (
    select a.id as a, b.id as b, a.version + step as a_version, b.version + step as b_version,
      a.balance_minor as a_balance, b.balance_minor as b_balance, step % 2 as given,
      uuidv7() as transfer_id
    from generate_series(1, :rounds) step, ranked a join ranked b on b.rank = a.rank + 1
    where a.rank % 2 = 1
  ), posted as (
    insert into transfer (id, kind, payload_hash)
    select transfer_id, 'payment', '\\x00112233445566778899aabbccddeeff'::bytea from made
  )
  insert into entry (account_id, version, transfer_id, amount_minor, balance_after_minor)
  select a, a_version, transfer_id, 1 - 2 * given, a_balance - given from made
  union all
  select b, b_version, transfer_id, 2 * given - 1, b_balance + given from made`;

async function entryCount({ knex }: Database): Promise<number> {
  const found = await knex.raw<{ rows: { count: string }[] }>(
    'select count(*) as count from entry',
  );
  return Number(found.rows[0]?.count);
}
