import { openSink } from '@wallet/streams/testing';
import { waitFor } from '../../../support/wait-for.ts';
import { memberOf } from '../../../support/api.ts';
import type { Fault, Heal } from '../fault.ts';
import { behindTheBack } from '../tampering.ts';
import type { World } from '../world.ts';

const arrivesWithinMs = 60_000;

/** A merchant whose machine waits to be told of its payments, and nobody there to tell it. */
async function killCourier({ system, ann }: World): Promise<Heal> {
  const sink = await openSink('well');
  const shop = await system.api.register('merchant');
  const asked = { url: sink.url, events: ['payment.captured'] };
  const endpoint = String(memberOf(await shop.post('/webhook-endpoints', asked), 201, 'id'));
  await system.kill('streams:webhooks');
  await ann.pay({ from: ann.walletId, to: shop.walletId, amountMinor: 640 }, { wait: 5 });
  return async () => {
    await system.restart('streams:webhooks');
    await waitFor(async () => sink.arrivals.length > 0, 'what was due to arrive', arrivesWithinMs);
    const headers = { authorization: shop.bearer };
    const path = `/webhook-endpoints/${endpoint}`;
    await system.api.http.send({ method: 'DELETE', path, headers });
    await sink.close();
  };
}

/** Somebody who asked for e-mails pays, and nobody there to send one. */
async function killPostman({ system, bob }: World): Promise<Heal> {
  const reader = await system.api.customerWith(10_000);
  // Hours from 8 to 8 are none: whatever the time is, it is due at once.
  const hours = { from: '08:00', until: '08:00' };
  const settings = { email: true, language: 'en', time_zone: 'Etc/UTC', quiet_hours: hours };
  memberOf(await reader.put('/notification-settings', settings), 200, 'email');
  await system.kill('streams:emails');
  await reader.pay({ from: reader.walletId, to: bob.walletId, amountMinor: 650 }, { wait: 5 });
  return () => system.restart('streams:emails');
}

const ticket = { subject: 'Where is it?', body: 'Nothing came.' };

/** Somebody writes to customer service, and nobody takes it in. */
async function killDesk({ system, ann }: World): Promise<Heal> {
  await system.kill('streams:tickets');
  await ann.post('/tickets', ticket);
  return () => system.restart('streams:tickets');
}

/** A ticket that should have been answered by now, held by somebody who has forgotten it. */
async function holdTicket(world: World): Promise<Heal> {
  const { system, ann } = world;
  const id = String(memberOf(await ann.post('/tickets', ticket, { wait: 10 }), 200, 'id'));
  await behindTheBack(
    world,
    `update ticket set next_due_at = first_due, first_response_due_at = first_due
     from (select now() + interval '2 seconds' as first_due) soon where id = '${id}'`,
  );
  const trx = await system.db.knex.transaction();
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
  await trx.raw('select id from ticket where id = ? for update', [id]);
  return async () => void (await trx.rollback());
}

export const roomFaults: readonly Fault[] = [
  {
    name: 'webhooks killed',
    does: 'The courier of webhooks is killed while a merchant has one coming',
    alert: 'WebhooksLate',
    inject: killCourier,
  },
  {
    name: 'emails killed',
    does: 'The postman of e-mails is killed while somebody has one coming',
    alert: 'EmailsLate',
    inject: killPostman,
  },
  {
    name: 'tickets killed',
    does: 'Whoever takes in tickets is killed',
    alert: 'ConsumerLag',
    inject: killDesk,
  },
  {
    name: 'ticket held',
    does: 'A forgotten transaction holds a ticket while the time to answer it runs out',
    alert: 'TimersLate',
    inject: holdTicket,
  },
];
