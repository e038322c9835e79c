import { verifyInvariants } from '@wallet/core-ledger';
import { notificationsTopics } from '@wallet/streams';
import { eachAtMost } from '../simulate/concurrency.ts';
import { ledgerSums, readEffects } from '../support/effects.ts';
import { isRead } from '../support/positions.ts';
import type { System } from '../support/system.ts';
import { checkEvents } from './events.ts';
import type { Outcomes } from './outcomes.ts';
import type { Sender } from './sending.ts';

type Judged = {
  system: System;
  sender: Sender;
  outcomes: Outcomes;
  /** Intents that were there before the first command. */
  before: ReadonlySet<string>;
};

/** What must be empty once all is closed. */
const empty: Readonly<Record<string, string>> = {
  'an account of open cases that is not at 0': `
    select id, kind, balance_minor from account
    where kind in ('dispute_reserve', 'provisional', 'in_transit') and balance_minor <> 0`,
  'money still held': 'select id, kind, held_minor from account where held_minor <> 0',
  'an open hold': `select id, account_id from hold where state = 'open'`,
  'more given back or disputed than was captured': `
    select payment_id, captured_minor, refunded_minor, disputed_minor from audit.payments
    where refunded_minor + disputed_minor > captured_minor`,
  'an intent put aside': 'select id, intent_id from parked',
  'an event not published': 'select id, topic from outbox_batch where published_at is null',
};

/** As many are sent again at the end: none of them may have an effect. */
const repeatedAtEnd = 1_000;
const restMs = 1_500;

/** @returns what is wrong with the system after all cases are closed, a sentence each */
export async function judge(judged: Judged): Promise<string[]> {
  const { system, sender, outcomes } = judged;
  const wrong = [...sender.wrong];
  for (const [what, sql] of Object.entries(empty)) {
    const [first] = await outcomes.rows(`${sql} limit 1`);
    if (first !== undefined) wrong.push(`${what}: ${JSON.stringify(first)}`);
  }
  for (const { id, title, violations, ...first } of await verifyInvariants(system.db.knex)) {
    if (violations > 0) wrong.push(`${id} ${title}: ${violations}, ${JSON.stringify(first)}`);
  }
  for (const { currency, balances, entries } of await ledgerSums(system.db)) {
    if (balances !== '0' || entries !== '0') wrong.push(`${currency}: ${balances}, ${entries}`);
  }
  const others = await outcomes.others(sender.accepted.keys());
  const untold = others.filter((what) => !judged.before.has(what));
  const { size } = sender.unsure;
  if (untold.length > size) {
    wrong.push(`of ${size} intents nobody was told at most, but of ${untold.join(', ')}`);
  }
  return [...wrong, ...(await repeatAll(judged)), ...(await checkEvents(system, outcomes))];
}

/** Sends commands again: each is answered with the id it had, and nothing changes. */
async function repeatAll({ system, sender }: Judged): Promise<string[]> {
  const had = sender.wrong.length;
  const before = await effectsAtRest(system);
  const all = [...sender.accepted.values()];
  const step = Math.max(1, Math.floor(all.length / repeatedAtEnd));
  const some = all.filter((_, at) => at % step === 0);
  await eachAtMost(16, some, (one) => sender.repeat(one));
  const after = await effectsAtRest(system);
  const wrong = sender.wrong.slice(had);
  return after === before ? wrong : [...wrong, changeOf(before, after)];
}

/** The first place where two descriptions of all effects part. */
function changeOf(before: string, after: string): string {
  const at = [...before].findIndex((letter, index) => letter !== after[index]);
  const [had, has] = [before, after].map((all) => all.slice(Math.max(0, at - 60), at + 60));
  return `commands sent again had effects: ${had} became ${has}`;
}

/** Clearing and inboxes follow a moment later than the commands themselves. */
async function effectsAtRest(system: System): Promise<string> {
  const { db, waitFor } = system;
  await waitFor(() => areTold(system), 'each event to reach the inboxes', 60_000);
  let last = '';
  let sinceMs = performance.now();
  await waitFor(
    async () => {
      const effects = JSON.stringify(await readEffects(db));
      if (effects !== last) [last, sinceMs] = [effects, performance.now()];
      return performance.now() - sinceMs > restMs;
    },
    'nothing to change any more',
    60_000,
  );
  return last;
}

/** A stage killed last changes nothing until it is back: that nothing changes is not enough. */
async function areTold(system: System): Promise<boolean> {
  for (const topic of notificationsTopics)
    if (!(await isRead(system, 'notifications', topic))) return false;
  return true;
}
