/** No more are counted. */
const mostCounted = 10_000;

/** E-mails that are due, and since when, as SQL; a walk along two indexes. */
export const dueEmails = `select 'emails', count(*), extract(epoch from min(next_at)) * 1000 from (
    (select next_at from email where status = 'queued' and next_at <= statement_timestamp()
     order by next_at limit ${mostCounted})
    union all
    (select next_at from email where status = 'deferred' and next_at <= statement_timestamp()
     order by next_at limit ${mostCounted})) due`;
