/**
 * The batch writers know of no costs but rows, so an index that holds the id behind other columns
 * looked as good for a look-up by id as the primary key, and was read from end to end.
 */
export const lookUpsById = {
  name: '0037-look-ups-by-id',
  up: `
drop index parked_of_account;
create index parked_of_account on parked (ordered_account_id);
drop index settlement_of_merchant;
create index settlement_of_merchant on settlement (wallet_id, accepted_at desc);
drop index settlement_recent;
create index settlement_recent on settlement (accepted_at desc);
`,
};
