import type { Queryable } from '../database/database.ts';

/** A text with its id: what a process compiles. */
export type PublishedText = { readonly id: string; readonly rules: string };

/** Everything a process needs to know of rule sets to decide. */
export type Published = {
  /** Rises with every change of any rule set. */
  readonly version: number;
  /** Decides `percent` of the payments; null before the first publication. */
  readonly live: PublishedText | null;
  readonly percent: number;
  /** Decides the others. */
  readonly rest: PublishedText | null;
  /** What was in force before, newest first: to fall back to. */
  readonly earlier: readonly PublishedText[];
  /** Run beside them. */
  readonly shadows: readonly PublishedText[];
};

/** Rises with every change of any rule set; a look of microseconds. */
export async function readRuleSetVersion(db: Queryable): Promise<number> {
  const found = await db.raw<{ rows: { version: string }[] }>(
    'select coalesce(sum(version), 0) as version from fraud_ruleset',
  );
  return Number(found.rows[0]?.version ?? 0);
}

/** How far one falls back; behind that stands the set that ships. */
const earlierDepth = 5;

/** One consistent state of everything: a single statement. */
export async function readPublished(db: Queryable): Promise<Published> {
  const found = await db.raw<{ rows: Row[] }>(
    `with recursive in_force as (
       select *, 0 as depth from fraud_publication
       where id = (select max(id) from fraud_publication)
       union all
       select p.*, depth + 1 from fraud_publication p join in_force f on p.id = f.under
       where depth < ?),
     used as (
       select ruleset_id as id, case depth when 0 then 'live' else 'earlier' end as part, depth,
         percent from in_force
       union all
       select rest_id, 'rest', 0, percent from in_force where depth = 0 and rest_id is not null
       union all
       select id, 'shadow', 0, 100 from fraud_ruleset where shadow_since is not null)
     select u.part, u.percent, r.id, r.rules,
       (select coalesce(sum(version), 0) from fraud_ruleset) as version
     from (select 1) one left join used u on true left join fraud_ruleset r on r.id = u.id
     order by u.depth, r.created_at, r.id`,
    [earlierDepth],
  );
  const { rows } = found;
  const textsOf = (part: Part): PublishedText[] =>
    rows.flatMap((row) =>
      row.part === part && row.id !== null ? [{ id: row.id, rules: row.rules ?? '' }] : [],
    );
  return {
    version: Number(rows[0]?.version ?? 0),
    live: textsOf('live')[0] ?? null,
    percent: rows.find(({ part }) => part === 'live')?.percent ?? 100,
    rest: textsOf('rest')[0] ?? null,
    earlier: textsOf('earlier'),
    shadows: textsOf('shadow'),
  };
}

type Part = 'live' | 'rest' | 'earlier' | 'shadow';
type Row = {
  part: Part | null;
  percent: number | null;
  id: string | null;
  rules: string | null;
  version: string;
};
