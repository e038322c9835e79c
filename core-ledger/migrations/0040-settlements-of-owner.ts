/** A merchant's list of settlements was read through everybody's. */
export const settlementsOfOwner = {
  name: '0040-settlements-of-owner',
  up: `
create index settlement_of_owner on settlement (owner_id, accepted_at desc);
`,
};
