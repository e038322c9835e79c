import {
  createPlatformFacts,
  findSettlement,
  findSettlements,
  readSafeguarding,
  type Database,
} from '@wallet/core-ledger';
import { topics, type BankLine, type SettlementIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionResponses } from '../actions/routes.ts';
import { createLargeBody } from '../http/body.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { Accept } from '../intents/accept.ts';
import { refuse, refuseField } from '../problems.ts';
import { bankLineRoutes } from './bank-lines.ts';
import { readBankStatement, settlementIdOf, type StatementLine } from './bank-statement.ts';
import { pain001 } from './pain001.ts';

export type BankDependencies = { db: Database; accept: Accept; cursors: Cursors };

const contentBytes = 600_000;
const statementsAtOnce = 2;

const statementRequest = z
  .strictObject({
    format: z.enum(['camt.053', 'csv']),
    content: fields.text(contentBytes).meta({
      description:
        'The message, or lines under `bank_reference,direction,amount_minor,currency,reference`.',
      example: 'bank_reference,direction,amount_minor,currency,reference',
    }),
  })
  .meta({ id: 'BankStatement' });

const amount = (description: string) => fields.shownAmount().meta({ description });
const safeguardingSchema = z
  .strictObject({
    data: z
      .array(
        z.strictObject({
          currency: fields.shownCurrency(),
          held_minor: amount('What banks and rails hold for the wallets.'),
          liabilities_minor: amount('What wallets own: balances, reserves, debts.'),
          in_transit_minor: amount('Sent to banks and not answered.'),
          suspense_minor: amount('Cannot be placed; negative: paid out without being owed.'),
          provisional_minor: amount('Lent to payers while disputes run; negative.'),
          own_minor: amount('The platform’s own: fees and losses.'),
          difference_minor: amount('Held less all of the others: 0, or the books are wrong.'),
        }),
      )
      .max(200),
  })
  .meta({ id: 'Safeguarding' });

const operate = { tag: 'settlements', scope: 'settlements:operate' } as const;

/** Batches of which the bank has not heard. */
const notSent: readonly string[] = ['scheduled', 'pending_approval', 'aborted'];

/** What goes to banks and what comes from them. */
export function bankRoutes(route: Route, dependencies: BankDependencies): void {
  const { db, accept } = dependencies;
  route({
    ...{ ...operate, method: 'get', path: '/settlements/{id}/payment-file', idempotent: false },
    summary: 'Get the payment file of a batch',
    description: 'pain.001.001.09 of ISO 20022, once the batch is approved; always the same.',
    params: z.object({ id: fields.id() }),
    responses: { 200: { description: 'The message.', texts: ['application/xml'] } },
    errors: ['not_acceptable', 'invalid_state', 'destination_missing'],
    async handler({ params, prefers }) {
      const settlement = await findSettlement(db.knex, params.id.toLowerCase());
      if (settlement === null) return refuse('not_found');
      if (prefers(['application/xml']) === null) return refuse('not_acceptable');
      const { netMinor, status, destination } = settlement;
      if (netMinor === 0n || notSent.includes(status)) return refuse('invalid_state');
      if (destination === null) return refuse('destination_missing');
      const headers = { 'Content-Type': 'application/xml; charset=utf-8' };
      return { status: 200, headers, text: pain001(settlement, 'Wallet', destination) };
    },
  });
  route({
    ...{ ...operate, method: 'post', path: '/bank-statements', idempotent: true },
    summary: 'Import what a bank says',
    description:
      'A statement of the safeguarding account, as camt.053 or CSV. Each line is matched with ' +
      'the batch that its reference names; what does not fit goes to suspense, for a person.',
    body: statementRequest,
    largeBody: createLargeBody({ limitBytes: 2 * contentBytes, atOnce: statementsAtOnce }),
    responses: actionResponses('bank_statement'),
    errors: ['invalid_statement', 'unsupported_currency'],
    async handler(call) {
      const { caller, body } = call;
      const lines = readBankStatement(body.format, body.content);
      if (lines === null) return refuseField('invalid_statement', '/content');
      if (!(await areKept(db, lines))) return refuseField('unsupported_currency', '/content');
      const told = await namedLines(db, lines);
      return accept(call, {
        kind: createActionKind<SettlementIntent>({
          ...{ db, noun: 'bank_statement', kind: 'bank_statement' },
          topic: topics.settlementIntents,
          nounIdOf: ({ intent_id }) => intent_id,
        }),
        intent: ({ id, payloadHash, acceptedAtMs }): SettlementIntent => ({
          ...{ intent_id: id, caller_id: caller.userId, actor_role: caller.role },
          ...{ kind: 'bank_statement', settlement_id: null, wallet_id: null, owner_id: null },
          ...{ payment_id: null, window_id: null, target: null, amount_minor: 0n },
          ...{ currency: lines[0]?.currency ?? '', reference: null, reason: 'bank statement' },
          ...{ lines: told, payload_hash: payloadHash, accepted_at: acceptedAtMs },
        }),
      });
    },
  });
  bankLineRoutes(route, dependencies);
  safeguardingRoute(route, dependencies);
}

function safeguardingRoute(route: Route, { db }: BankDependencies): void {
  route({
    ...{ ...operate, method: 'get', path: '/safeguarding', idempotent: false },
    summary: 'See what is held for wallets, and what they own',
    description: 'For each currency; in good books the difference is 0.',
    responses: { 200: { description: 'The report of now.', schema: safeguardingSchema } },
    errors: [],
    handler: async () => ({ status: 200, body: { data: await shownSafeguarding(db) } }),
  });
}

/** Has somebody a wallet in each of their currencies, so that there are accounts for them? */
async function areKept(db: Database, lines: readonly StatementLine[]): Promise<boolean> {
  const platform = createPlatformFacts({ db: db.knex });
  await platform.load(lines.map(({ currency }) => currency));
  return lines.every(({ currency }) => platform.get(currency) !== undefined);
}

/** With the settlements that the references name, as far as there are such. */
async function namedLines(db: Database, lines: readonly StatementLine[]): Promise<BankLine[]> {
  const ids = lines.flatMap(({ reference }) => settlementIdOf(reference) ?? []);
  const found = await findSettlements(db.knex, ids);
  const wallets = new Map(found.map(({ id, walletId }) => [id, walletId]));
  return lines.map(({ bankReference, reference, isCredit, amountMinor, currency }) => {
    const id = settlementIdOf(reference) ?? '';
    const walletId = wallets.get(id) ?? null;
    return {
      ...{ bank_reference: bankReference, reference, is_credit: isCredit },
      ...{ amount_minor: amountMinor, currency, wallet_id: walletId },
      settlement_id: walletId === null ? null : id,
    };
  });
}

async function shownSafeguarding(db: Database) {
  return (await readSafeguarding(db.knex)).map((row) => ({
    currency: row.currency,
    held_minor: Number(row.heldMinor),
    liabilities_minor: Number(row.liabilitiesMinor),
    in_transit_minor: Number(row.inTransitMinor),
    suspense_minor: Number(row.suspenseMinor),
    provisional_minor: Number(row.provisionalMinor),
    own_minor: Number(row.ownMinor),
    difference_minor: Number(row.differenceMinor),
  }));
}
