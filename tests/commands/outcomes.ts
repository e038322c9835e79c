import type { Database } from '@wallet/core-ledger';

/** What the ledger says of ids; all questions are asked of the system's own database. */
export type Outcomes = {
  /** Ids, three at most, that are not decided: no intent, put aside, or no row yet. */
  undecided(ids: Iterable<string>): Promise<string[]>;
  /** What became of each that was decided: the status of its row. */
  statuses(ids: Iterable<string>): Promise<Map<string, string>>;
  /**
   * Kinds and ids of intents that are none of these, with the subjects of tickets; what time asks
   * for is left out: answers of the sandbox's bank, windows of settlements.
   */
  others(ids: Iterable<string>): Promise<string[]>;
  /** Where there should be none: how many, and the first. */
  rows(sql: string): Promise<Record<string, string>[]>;
};

/** Every table in which a command ends, once; see `intentKinds` of core-ledger. */
const statusOf = `
  select told.id, i.kind, i.state, array_remove(array[p.status, t.status, w.status, r.status,
    d.status, a.status], null) as statuses
  from unnest(?::uuid[]) as told(id)
    left join intent i on i.id = told.id
    left join payment p on p.id = told.id
    left join top_up t on t.id = told.id
    left join withdrawal w on w.id = told.id
    left join refund r on r.id = told.id
    left join dispute d on d.id = told.id
    left join action a on a.id = told.id`;

export function createOutcomes({ knex }: Database): Outcomes {
  const ask = async <T>(sql: string, ids: Iterable<string> = []): Promise<T[]> =>
    (await knex.raw<{ rows: T[] }>(sql, sql.includes('?') ? [[...ids]] : [])).rows;
  return {
    async undecided(ids) {
      const found = await ask<{ id: string }>(
        `select id from (${statusOf}) as found
         where state is distinct from 'settled' or cardinality(statuses) <> 1 limit 3`,
        ids,
      );
      return found.map(({ id }) => id);
    },
    async statuses(ids) {
      const found = await ask<{ id: string; status: string }>(
        `select id, statuses[1] as status from (${statusOf}) as found
         where cardinality(statuses) = 1`,
        ids,
      );
      return new Map(found.map(({ id, status }) => [id, status]));
    },
    async others(ids) {
      const found = await ask<{ what: string }>(
        `select concat_ws(' ', i.kind, i.id, t.subject) as what from intent i
           left join unnest(?::uuid[]) as told(id) on told.id = i.id
           left join ticket t on t.id = i.id
         where told.id is null and i.kind not in ('withdrawal_confirmation', 'withdrawal_return',
           'settlement', 'settlement_window_close')`,
        ids,
      );
      return found.map(({ what }) => what);
    },
    rows: (sql) => ask(sql),
  };
}
