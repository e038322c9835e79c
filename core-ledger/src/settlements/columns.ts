import { createBatchStatement } from '../database/statements.ts';
import type { ColumnType } from '../database/columns.ts';
import type { Cuts, Settlement } from './settlement.ts';

type Column = { readonly name: string; readonly type: ColumnType; readonly isFixed: boolean };

const fixed = (name: string, type: ColumnType): Column => ({ name, type, isFixed: true });
const changing = (name: string, type: ColumnType): Column => ({ name, type, isFixed: false });

/** A column for each member but the cuts; those that are not fixed follow its changes. */
const columns: Readonly<Record<Exclude<keyof Settlement, 'cuts'>, Column>> = {
  id: fixed('id', 'uuid'),
  walletId: fixed('wallet_id', 'uuid'),
  ownerId: fixed('owner_id', 'uuid'),
  paymentId: fixed('payment_id', 'uuid'),
  windowId: fixed('window_id', 'uuid'),
  createdBy: fixed('created_by', 'uuid'),
  approvedBy: changing('approved_by', 'uuid'),
  grossMinor: fixed('gross_minor', 'int8'),
  refundsMinor: fixed('refunds_minor', 'int8'),
  disputesMinor: fixed('disputes_minor', 'int8'),
  feesMinor: fixed('fees_minor', 'int8'),
  carriedMinor: fixed('carried_minor', 'int8'),
  netMinor: fixed('net_minor', 'int8'),
  carriedInMinor: fixed('carried_in_minor', 'int8'),
  carriedOutMinor: fixed('carried_out_minor', 'int8'),
  confirmedMinor: changing('confirmed_minor', 'int8'),
  returnedMinor: changing('returned_minor', 'int8'),
  bankedMinor: changing('banked_minor', 'int8'),
  overpaidMinor: changing('overpaid_minor', 'int8'),
  acceptedAtMs: fixed('accepted_at', 'timestamptz'),
  availableOnMs: fixed('available_on', 'timestamptz'),
  version: changing('version', 'int4'),
  itemCount: fixed('item_count', 'int4'),
  origin: fixed('origin', 'text'),
  status: changing('status', 'text'),
  currency: fixed('currency', 'text'),
  destination: fixed('destination', 'text'),
  reference: changing('reference', 'text'),
  reason: fixed('reason', 'text'),
  failureCode: changing('failure_code', 'text'),
};

const members = Object.entries(columns) as [Exclude<keyof Settlement, 'cuts'>, Column][];
const cutNames = ['credited', 'debited', 'available', 'receivable'] as const;

/** The columns of `settlement s` in the order in which `settlementOf` reads them, each by name. */
export const settlementColumns = [
  ...members.map(([, { name, type }]) =>
    type === 'timestamptz'
      ? `floor(extract(epoch from s.${name}) * 1000)::bigint as ${name}`
      : `s.${name}`,
  ),
  ...cutNames.map((name, place) => `s.cuts[${place + 1}] as ${name}`),
].join(', ');

export function settlementOf(row: readonly (string | null)[]): Settlement {
  const read: Record<string, unknown> = {};
  for (const [place, [member, { type }]] of members.entries()) {
    const text = row[place] ?? null;
    read[member] = text === null ? null : valueOf(text, type);
  }
  const cuts = cutNames.map((_, place) => BigInt(row[members.length + place] ?? '0'));
  return { ...read, cuts: cuts as unknown as Cuts } as Settlement;
}

function valueOf(text: string, type: ColumnType): string | number | bigint {
  if (type === 'int8') return BigInt(text);
  return type === 'int4' || type === 'timestamptz' ? Number(text) : text;
}

/**
 * Inserts settlements that are new, and changes those that are not. What a bank shows of one whose
 * state stays is no change that anybody is told of.
 */
export function settlementWriting() {
  const names = members.map(([, { name }]) => name);
  const shape: Record<string, ColumnType> = {};
  for (const [, { name, type }] of members) shape[name] = type;
  for (const name of cutNames) shape[name] = 'int8';
  const changes = members.filter(([, { isFixed }]) => !isFixed).map(([, { name }]) => name);
  const statement = createBatchStatement({
    name: 'put_settlement',
    text: `insert into settlement (${names.join(', ')}, cuts, submitted_at)
      select ${names.map((name) => `r.${name}`).join(', ')},
        array[${cutNames.map((name) => `r.${name}`).join(', ')}],
        case r.status when 'submitted' then statement_timestamp() end
      from $rows as r (${[...names, ...cutNames].join(', ')})
      on conflict (id) do update set
        updated_at = case when excluded.version = settlement.version then settlement.updated_at
          else statement_timestamp() end,
        submitted_at = coalesce(settlement.submitted_at, excluded.submitted_at),
        ${changes.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    columns: shape,
  });
  const adders = statement.columns as Record<string, { add(value: unknown): void }>;
  return {
    statement,
    add(settlement: Settlement): void {
      for (const [member, { name }] of members) adders[name]?.add(settlement[member]);
      for (const [place, name] of cutNames.entries()) adders[name]?.add(settlement.cuts[place]);
    },
  };
}
