import {
  findDispute,
  findPayment,
  findRefund,
  findSettlement,
  findTicket,
  findTopUp,
  findWithdrawal,
  type Database,
  type TicketLink,
  type TicketLinkKind,
} from '@wallet/core-ledger';
import type { Caller } from '../http/call.ts';
import { refuseField, type Refusal } from '../problems.ts';
import { isStaff } from '../refunds/refund.ts';

type Found = { readonly [name: string]: unknown } | null;

/** Whose an object is, of the kinds that customers have; null when there is none. */
type PartiesOf = (db: Database['knex'], id: string) => Promise<readonly unknown[] | null>;

const ofBoth = (find: (db: Database['knex'], id: string) => Promise<Found>): PartiesOf => {
  return async (db, id) => {
    const found = await find(db, id);
    return found === null ? null : [found.payerId, found.payeeId, found.ownerId];
  };
};

const partiesOf: Readonly<Partial<Record<TicketLinkKind, PartiesOf>>> = {
  payment: ofBoth(findPayment),
  refund: ofBoth(findRefund),
  dispute: ofBoth(findDispute),
  settlement: ofBoth(findSettlement),
  withdrawal: ofBoth(findWithdrawal),
  top_up: ofBoth(findTopUp),
  async ticket(db, id) {
    const found = await findTicket(db, id);
    return found === null ? null : [found.requesterId];
  },
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What stands against linking a ticket to these: they must be there and, of customers, their own.
 * What is about our own house, nobody but the staff links.
 */
export async function objectionToLinks(
  { knex }: Database,
  caller: Caller,
  links: readonly TicketLink[],
  pointerOf: (index: number) => string,
): Promise<Refusal | null> {
  for (const [index, { kind, id }] of links.entries()) {
    const look = partiesOf[kind];
    const isFound = look === undefined ? isStaff(caller) : await isTheirs(look, knex, caller, id);
    if (!isFound) return refuseField('link_not_found', pointerOf(index));
  }
  return null;
}

async function isTheirs(
  look: PartiesOf,
  db: Database['knex'],
  caller: Caller,
  id: string,
): Promise<boolean> {
  const parties = uuid.test(id) ? await look(db, id) : null;
  return parties !== null && (isStaff(caller) || parties.includes(caller.userId));
}
