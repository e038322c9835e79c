import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '@wallet/core-ledger';
import { pgbench } from '../pgbench.ts';

/** A transfer as a function of the database, one transaction each: what most ledgers do. */
export type FunctionPeer = {
  prepare(): Promise<void>;
  transfersPerSecond(spread: 'uniform' | 'hot', seconds: number): Promise<number>;
  close(): void;
};

const accountCount = 100_000;

/** Locks two accounts in order, updates both, inserts a transfer and two entries. */
const schemaSql = `
create schema peer;
create table peer.account (id bigint primary key, balance bigint not null,
  version bigint not null) with (fillfactor = 50);
create table peer.transfer (id bigint generated always as identity primary key,
  reference uuid not null unique, posted_at timestamptz not null default now());
create table peer.entry (account_id bigint, version bigint, transfer_id bigint not null,
  amount bigint not null, balance_after bigint not null, primary key (account_id, version));
insert into peer.account select i, 1000000000, 0 from generate_series(0, ${accountCount}) i;
create function peer.pay(payer bigint, payee bigint, amount bigint) returns void
language plpgsql as $$
declare made bigint; debited peer.account; credited peer.account;
begin
  perform from peer.account where id in (payer, payee) order by id for update;
  update peer.account set balance = balance - amount, version = version + 1
    where id = payer returning * into debited;
  if debited.balance < 0 then raise exception 'insufficient funds'; end if;
  update peer.account set balance = balance + amount, version = version + 1
    where id = payee returning * into credited;
  insert into peer.transfer (reference) values (gen_random_uuid()) returning id into made;
  insert into peer.entry values (payer, debited.version, made, -amount, debited.balance);
  insert into peer.entry values (payee, credited.version, made, amount, credited.balance);
end $$;
`;

const scripts = {
  uniform: `\\set payer random(1, ${accountCount / 2})
\\set payee random(${accountCount / 2 + 1}, ${accountCount})
select peer.pay(:payer, :payee, 1);
`,
  hot: `\\set payer random(1, ${accountCount})
select peer.pay(:payer, 0, 1);
`,
};

export function createFunctionPeer({ knex }: Database, databaseUrl: string): FunctionPeer {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-bench-scripts-'));
  return {
    async prepare() {
      await knex.raw(schemaSql);
      for (const [name, script] of Object.entries(scripts)) {
        writeFileSync(join(folder, `${name}.sql`), script);
      }
    },
    transfersPerSecond: (spread, seconds) =>
      pgbench(databaseUrl, seconds, ['-f', join(folder, `${spread}.sql`)]),
    close: () => rmSync(folder, { recursive: true }),
  };
}
