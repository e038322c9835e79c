/** What banks have paid too much of a batch: what they bring back of that is no merchant's. */
export const settlementsOverpaid = {
  name: '0038-settlements-overpaid',
  up: `
alter table settlement add column overpaid_minor bigint not null default 0
  constraint settlement_overpaid_minor_check check (overpaid_minor >= 0);
update settlement s set overpaid_minor = l.minor
from (select settlement_id,
    sum(case direction when 'debit' then unplaced_minor else -unplaced_minor end) as minor
  from bank_line where outcome = 'over' group by settlement_id) l
where l.settlement_id = s.id and l.minor > 0;
`,
};
