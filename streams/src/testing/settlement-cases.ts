import { randomUUID } from 'node:crypto';
import {
  createClearing,
  createConnection,
  findSettlement,
  findWallets,
  putMerchantSettings,
} from '@wallet/core-ledger';
import type { MerchantSettings, SettlementTarget, SettlementView } from '@wallet/core-ledger';
import type { SettlementIntent } from '@wallet/schemas';
import { commandsPlan } from '../commands/plan.ts';
import type { Member, Stage } from './posting-stage.ts';

/** A merchant with a customer who pays, and what operators do about the merchant's settlements. */
export async function createSettlementCases(stage: Stage) {
  const payments = await stage.join();
  const commands = await stage.join({ plan: commandsPlan });
  const connection = await createConnection({ url: stage.url, applicationName: 'test clearing' });
  const clearing = createClearing({ connection });
  const openMerchant = async (settings: Partial<MerchantSettings> = {}, currency = 'USD') => {
    const id = await stage.openWallet({ kind: 'merchant', currency });
    const order = { walletId: id, actor: randomUUID(), role: 'operator' as const, reason: 'new' };
    const whole: MerchantSettings = {
      ...{ mode: 'net_deferred', clearingSeconds: 0, minimumMinor: 0n, destination: 'bank-1' },
      ...settings,
    };
    await putMerchantSettings(stage.database.knex, { ...order, requestId: id }, whole);
    return id;
  };
  const ask = async (intent: Partial<SettlementIntent>, member: Member = commands) => {
    const id = intent.intent_id ?? randomUUID();
    const record = stage.settlementIntent({ ...intent, intent_id: id });
    // Each member has its own partition, as in a group.
    await member.posting.handle([{ ...record, partition: member === commands ? 0 : 1 }]);
    return id;
  };
  const see = async (id: string): Promise<SettlementView> => {
    const view = await findSettlement(stage.database.knex, id);
    if (view === null) throw new Error(`no settlement ${id}`);
    return view;
  };
  return {
    ...{ payments, commands, openMerchant, ask, see },
    async pay(payer: string, payee: string, amount: bigint): Promise<string> {
      const id = randomUUID();
      const intent = { intent_id: id, payer_wallet_id: payer, payee_wallet_id: payee };
      await payments.posting.handle([stage.payment({ ...intent, amount_minor: amount })]);
      return id;
    },
    async refund(paymentId: string, amount: bigint): Promise<void> {
      const facts = { payment_id: paymentId, amount_minor: amount };
      const wallets = await stage.database.knex.raw<{ rows: Record<string, string>[] }>(
        'select payer_wallet_id, payee_wallet_id, currency from payment where id = ?::uuid',
        [paymentId],
      );
      await commands.posting.handle([stage.refundIntent({ ...facts, ...wallets.rows[0] })]);
    },
    /** A settlement of all that the merchant has; its id. */
    run: (walletId: string, intent: Partial<SettlementIntent> = {}) =>
      ask({ wallet_id: walletId, ...intent }),
    /** What an operator asks of a settlement; the action's id. */
    async act(
      settlementId: string,
      target: SettlementTarget,
      intent: Partial<SettlementIntent> = {},
    ): Promise<string> {
      const { walletId, currency } = await see(settlementId);
      const of = { settlement_id: settlementId, wallet_id: walletId, currency };
      return ask({ kind: 'settlement_transition', ...of, target, ...intent });
    },
    clear: () => clearing(1_000),
    balances: (walletId: string) => balancesOf(stage, walletId),
    close: () => connection.close(),
  };
}

/** Of a merchant's wallet, and of the platform in its currency. */
async function balancesOf(stage: Stage, walletId: string) {
  const facts = (await findWallets(stage.database.knex, [walletId])).get(walletId);
  if (facts === undefined) throw new Error('no wallet');
  const ids = { ...facts.accounts, ...facts.platform };
  const rows = await stage.database.knex.raw<{ rows: { id: string; balance: string }[] }>(
    'select id, balance_minor as balance from account where id = any(?::bigint[])',
    [Object.values(ids).map(String)],
  );
  const byId = new Map(rows.rows.map((row) => [row.id, BigInt(row.balance)]));
  const of = (id: bigint | undefined): bigint => byId.get(String(id)) ?? 0n;
  return {
    pending: of(ids.merchant_pending),
    available: of(ids.merchant_available),
    receivable: of(ids.receivable),
    transit: of(ids.in_transit),
    bank: of(ids.bank),
    suspense: of(ids.suspense),
  };
}

export type SettlementCases = Awaited<ReturnType<typeof createSettlementCases>>;
