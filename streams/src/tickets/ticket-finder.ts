import {
  countHandled,
  findLongParked,
  findUnplacedMoney,
  hasOpenTicket,
} from '@wallet/core-ledger';
import type { Database } from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { allTopics, deadLetterTopicOf } from '@wallet/schemas';
import type { Codec, Publisher, WireAdmin } from '@wallet/schemas';
import type { Job } from '../timers/jobs.ts';
import { systemTicketRecordOf } from './system-ticket.ts';
import type { TicketCause } from './system-ticket.ts';

const atOnce = 50;
/** What a lock or a restart parks is gone long before. */
const parkedForSeconds = 300;
const dayMs = 86_400_000;

/**
 * Opens tickets for what nobody owns: money in suspense, intents parked for long, dead letters. It
 * asks for them by intents whose ids follow from their causes: one that is asked for again, here or
 * elsewhere, is one ticket.
 */
export function createTicketFinder(deps: {
  database: Pick<Database, 'knex'>;
  publisher: Pick<Publisher, 'publish'>;
  admin: Pick<WireAdmin, 'offsets'>;
  codec: Codec;
  clock: Clock;
}): Job['run'] {
  const { publisher, codec, clock } = deps;
  return async () => {
    const causes = [
      ...(await findUnplaced(deps.database)),
      ...(await findParked(deps.database)),
      ...(await findLetters(deps)),
    ];
    const foundAtMs = clock.nowMs();
    await Promise.all(
      causes.map((cause) =>
        publisher.publish(systemTicketRecordOf(codec, { ...cause, foundAtMs })),
      ),
    );
    return { done: causes.length, more: false };
  };
}

async function findUnplaced({ knex }: Pick<Database, 'knex'>): Promise<TicketCause[]> {
  const found = await findUnplacedMoney(knex, atOnce);
  return found.map(
    ({ transferId, transferKind, paymentId, amountMinor, currency, postedAtMs }) => ({
      links: [
        { kind: 'suspense', id: transferId },
        ...(paymentId === null ? [] : [{ kind: 'payment', id: paymentId } as const]),
      ],
      subject: `Money in suspense: ${amountMinor} minor units ${currency}`,
      body: `Transfer ${transferId} (${transferKind}) could not be placed. Whose is it?`,
      atMs: postedAtMs,
    }),
  );
}

async function findParked({ knex }: Pick<Database, 'knex'>): Promise<TicketCause[]> {
  const found = await findLongParked(knex, { olderThanSeconds: parkedForSeconds, limit: atOnce });
  return found.map(({ intentId, accountId, reason, parkedAtMs }) => ({
    links: [{ kind: 'parked', id: intentId }],
    subject: `Intents wait for account ${accountId}`,
    body: `Intent ${intentId} is parked (${reason}), and perhaps others behind it.`,
    atMs: parkedAtMs,
  }));
}

/** One ticket a topic: who looks after it looks at all of its letters. */
async function findLetters(deps: {
  database: Pick<Database, 'knex'>;
  admin: Pick<WireAdmin, 'offsets'>;
  clock: Clock;
}): Promise<TicketCause[]> {
  const { database, admin, clock } = deps;
  const causes: TicketCause[] = [];
  for (const { name } of allTopics) {
    const bounds = await admin.offsets(deadLetterTopicOf(name));
    let unhandled = 0;
    for (const { low, high } of bounds.values()) unhandled += high - low;
    if (unhandled === 0) continue;
    const lows = new Map([...bounds].map(([partition, { low }]) => [partition, low]));
    unhandled -= await countHandled(database.knex, name, lows);
    const about = { kind: 'dead_letter', id: name } as const;
    if (unhandled === 0 || (await hasOpenTicket(database.knex, about))) continue;
    causes.push({
      links: [about],
      subject: `Dead letters of ${name}`,
      body: `${unhandled} records of ${name} could not be processed. See the runbook DeadLetters.`,
      // Once a day at most, should somebody close it and leave the letters.
      atMs: Math.floor(clock.nowMs() / dayMs) * dayMs,
    });
  }
  return causes;
}
