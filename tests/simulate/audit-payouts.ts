import type { Ask } from './audit.ts';
import type { AuditedPayouts } from './reconcile-payouts.ts';

/** What audit views say of settlements: of these wallets, and of the bank's account. */
export async function readPayouts(ask: Ask, walletIds: string[]): Promise<AuditedPayouts> {
  const settlements = await ask<SettlementRow>(
    `select settlement_id, wallet_id, state, net_minor, confirmed_minor, returned_minor
     from audit.settlements where wallet_id = any(?::uuid[])`,
    [walletIds],
  );
  const paidOut = await ask<{ wallet_id: string; minor: string }>(
    `select a.wallet_id, -sum(e.amount_minor) as minor
     from audit.accounts a join audit.entries e on e.account_id = a.account_id
     join audit.transfers t on t.transfer_id = e.transfer_id
       and t.kind in ('settlement', 'settlement_return')
     where a.wallet_id = any(?::uuid[]) group by a.wallet_id`,
    [walletIds],
  );
  const [bank] = await ask<{ reported: string; moved: string }>(
    `select (select coalesce(sum(confirmed_minor), 0) from audit.settlements) as reported,
       coalesce(sum(e.amount_minor), 0) as moved
     from audit.accounts a join audit.entries e on e.account_id = a.account_id
     join audit.transfers t on t.transfer_id = e.transfer_id
       and t.kind in ('settlement_confirmation', 'settlement_return')
     where a.kind = 'bank'`,
  );
  return {
    settlements: settlements.map((row) => ({
      ...{ id: row.settlement_id, walletId: row.wallet_id, status: row.state },
      ...{ netMinor: BigInt(row.net_minor), confirmedMinor: BigInt(row.confirmed_minor) },
      returnedMinor: BigInt(row.returned_minor),
    })),
    paidOut: new Map(paidOut.map(({ wallet_id, minor }) => [wallet_id, BigInt(minor)])),
    bank: {
      reportedMinor: BigInt(bank?.reported ?? 0),
      movedMinor: BigInt(bank?.moved ?? 0),
    },
  };
}

type SettlementRow = Record<'settlement_id' | 'wallet_id' | 'state', string> &
  Record<'net_minor' | 'confirmed_minor' | 'returned_minor', string>;
