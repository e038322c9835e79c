import { eachAtMost } from '../simulate/concurrency.ts';
import type { Random } from '../simulate/random.ts';
import type { Person, Resident } from '../support/api.ts';
import type { System } from '../support/system.ts';
import type { Cast } from './cast.ts';
import type { CommandKind } from './commands.ts';
import type { Command } from './known.ts';
import type { Outcomes } from './outcomes.ts';
import type { Sender } from './sending.ts';

type Closing = {
  system: System;
  cast: Cast;
  sender: Sender;
  outcomes: Outcomes;
  random: Random;
};

const drainMs = 120_000;
/** An appeal of what two operators decided is left to be withdrawn in the third. */
const mostRounds = 10;
const atOnce = 16;

/** Waits until everything accepted is decided and every event is out. */
export async function drained({ system, sender, outcomes }: Omit<Closing, 'cast' | 'random'>) {
  await system.waitFor(
    async () => {
      const open = await outcomes.undecided(sender.accepted.keys());
      if (open.length > 0) throw new Error(`undecided: ${open.join(', ')}`);
      const waiting = await outcomes.rows(
        `select id from outbox_batch where published_at is null
         union all select id from parked
         union all select 0 from withdrawal where status = 'in_transit' limit 1`,
      );
      return waiting.length === 0;
    },
    'every command to be decided and told, and every withdrawal to be answered',
    drainMs,
  );
}

/**
 * Ends whatever is open, by the commands with which people would: disputes decided or withdrawn,
 * reviews decided, authorizations captured or canceled, refunds taken back, wallets released.
 * @returns how many commands it took @throws when something stays open
 */
export async function closeAll(closing: Closing): Promise<number> {
  let given = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    await drained(closing);
    const commands = (await openCases(closing.outcomes)).flatMap((row) =>
      commandsFor(closing, row, round),
    );
    if (commands.length === 0) return given;
    given += commands.length;
    await eachAtMost(atOnce, commands, ({ kind, command }) => closing.sender.give(kind, command));
  }
  const left = await openCases(closing.outcomes);
  throw new Error(`still open after ${mostRounds} rounds: ${JSON.stringify(left.slice(0, 3))}`);
}

/** `case` is the id to act on: of a review that of its case. */
type OpenCase = { noun: string; id: string; case: string; payer: string; payee: string };

/** The wallets' ids tell whose they are. */
const openSql = `
  select distinct 'wallet' as noun, wallet_id as id, wallet_id as case, wallet_id as payer,
    wallet_id as payee from account where status = 'frozen' and wallet_id is not null
  union all select status, id, id, payer_wallet_id, payee_wallet_id from dispute
    where due_at is not null
  union all select p.status, p.id, coalesce(c.id, p.id), p.payer_wallet_id, p.payee_wallet_id
    from payment p left join fraud_case c on c.payment_id = p.id
    where p.status in ('in_review', 'authorized')
  union all select 'refund', id, id, payer_wallet_id, payee_wallet_id from refund
    where status = 'pending'`;

async function openCases(outcomes: Outcomes): Promise<OpenCase[]> {
  return (await outcomes.rows(openSql)) as unknown as OpenCase[];
}

type Named = { kind: CommandKind; command: Command };

function commandsFor({ cast, random }: Closing, open: OpenCase, round: number): Named[] {
  const residents = [...cast.customers, ...cast.merchants];
  const ownerOf = (walletId: string): Resident => {
    const owner = residents.find((one) => one.walletId === walletId);
    if (owner === undefined) throw new Error(`${walletId} is nobody's`);
    return owner;
  };
  const [payer, payee] = [ownerOf(open.payer), ownerOf(open.payee)];
  const reason = 'the day is over';
  const named = (
    kind: CommandKind,
    by: Person,
    path: string,
    body: object = { reason },
  ): Named => ({
    kind,
    command: { by, path, body },
  });
  switch (open.noun) {
    case 'wallet':
      return [named('unfreeze', pick(cast.operators, 0), `/wallets/${open.id}/unfreeze`)];
    case 'refund':
      return [named('refund_cancel', payee, `/refunds/${open.id}/cancel`)];
    case 'in_review': {
      const kind = random.chance(0.5) ? 'approve' : 'reject';
      return [named(kind, random.pick(cast.analysts), `/fraud/cases/${open.case}/${kind}`)];
    }
    case 'authorized':
      return random.chance(0.5)
        ? [named('capture', payee, `/payments/${open.id}/capture`, { final: true })]
        : [named('cancel', payer, `/payments/${open.id}/cancel`)];
    default: {
      const path = `/disputes/${open.id}`;
      const isInquiry = open.noun === 'opened' || open.noun === 'answered';
      // One operator, then the other; what neither may decide alone its party gives up.
      const by = round % 3;
      if (isInquiry) return [named('withdraw', payer, `${path}/withdraw`)];
      if (by === 2) {
        const parties = open.noun === 'under_appeal' ? [payer, payee] : [payer];
        return parties.map((party) => named('withdraw', party, `${path}/withdraw`));
      }
      const body = { outcome: outcomeOf(open.id), reason };
      return [named('decision', pick(cast.operators, by), `${path}/decision`, body)];
    }
  }
}

/** Both operators must say the same. */
function outcomeOf(id: string): 'won' | 'lost' {
  return Number.parseInt(id.slice(-1), 16) % 2 === 0 ? 'won' : 'lost';
}

function pick(operators: readonly Person[], at: number): Person {
  const operator = operators[at];
  if (operator === undefined) throw new Error(`there is no operator ${at}`);
  return operator;
}
