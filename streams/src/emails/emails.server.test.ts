import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { putPreferences, putProfile, sendNotification } from '@wallet/core-ledger';
import { waitUntil } from '@wallet/schemas/testing';
import { openMailPage, type MailPage } from '../mail-sink/page.ts';
import { openMailSink, type CaughtMail, type MailSink } from '../mail-sink/sink.ts';
import { createWebhookStage, type WebhookStage } from '../testing/webhook-stage.ts';
import type { Address } from './addresses.ts';

let stage: WebhookStage;
let sink: MailSink;
let page: MailPage;
const addresses = new Map<string, Address>();
let isIdentityAway = false;

beforeAll(async () => {
  stage = await createWebhookStage();
  sink = await openMailSink(0);
  page = await openMailPage(0, sink);
  for (let count = 0; count < 2; count += 1) {
    stage.postman({
      mailUrl: sink.url,
      findAddresses: () =>
        isIdentityAway ? Promise.reject(new Error('away')) : Promise.resolve(addresses),
    });
  }
});
afterAll(async () => {
  await stage.close();
  await page.close();
  await sink.close();
});

let reader: string;
let to: string;
beforeEach(async () => {
  reader = await newReader();
  to = addresses.get(reader)?.email ?? '';
});

async function newReader(changes: object = {}): Promise<string> {
  const id = randomUUID();
  addresses.set(id, { email: `${id}@wallet.test`, name: 'Grüße, "Anna"' });
  const profile = { email: true, language: 'de', timeZone: 'Europe/Berlin', ...changes };
  await putProfile(stage.database.knex, id, profile);
  return id;
}
const mailsTo = (address: string): CaughtMail[] =>
  sink.mails().filter((mail) => mail.to === address);
const rowsOf = (recipientId: string): Promise<Record<string, unknown>[]> =>
  stage.database.knex('email').where({ recipient_id: recipientId }).orderBy('occurred_at');
/** As if its time had come. */
const hurry = (recipientId: string): Promise<unknown> =>
  stage.database.knex.raw('update email set next_at = now() where recipient_id = ?', [recipientId]);

it('a reader gets one e-mail, in the own language; a topic read again sends nothing', async () => {
  const record = stage.record({ payer_id: reader, amount_minor: 1_250n, captured_minor: 1_250n });
  await stage.handle([record]);
  await waitUntil(() => mailsTo(to).length === 1, 'the e-mail', 10_000);
  const [mail] = mailsTo(to);
  expect(mail?.subject.replace(/\s/g, ' ')).toBe('Zahlung über 12,50 $');
  await waitUntil(async () => (await rowsOf(reader))[0]?.['status'] === 'sent', 'its end');
  expect(mail?.messageId).toBe(`<${String((await rowsOf(reader))[0]?.['id'])}@127.0.0.1>`);
  await stage.handle([stage.again(record)]);
  expect(await rowsOf(reader)).toHaveLength(1);
  const duplicates = { channel: 'email', result: 'duplicate' } as const;
  expect(await stage.metrics.read('wallet_notifications_total', duplicates)).toBe(1);
  expect(mailsTo(to)).toHaveLength(1);
  const shown = await (await fetch(page.url)).text();
  expect(shown).toContain(to);
});

it('who asked for no e-mails has no row, nor events from before they were asked for', async () => {
  const other = randomUUID();
  const old = Date.now() - 60_000;
  await stage.handle([
    stage.record({ payer_id: other }),
    stage.record({ payer_id: reader, occurred_at: old }),
  ]);
  expect([await rowsOf(other), await rowsOf(reader)]).toEqual([[], []]);
});

describe('held back', () => {
  it('comes once a day in one message; critical ones do not wait', async () => {
    const patient = await newReader({ digest: true, language: 'en' });
    const address = addresses.get(patient)?.email ?? '';
    const failed = { type: 'payment.failed', payer_id: patient, failure_code: 'limit_exceeded' };
    await stage.handle([stage.record(failed), stage.record(failed)]);
    await stage.handle([stage.record({ payer_id: patient })]);
    await waitUntil(() => mailsTo(address).length === 1, 'the critical one', 10_000);
    expect((await rowsOf(patient)).map((row) => row['status']).sort()).toContain('deferred');
    await hurry(patient);
    await waitUntil(() => mailsTo(address).length === 2, 'the message of the day', 10_000);
    expect(mailsTo(address)[0]).toMatchObject({ subject: 'What happened: 2 messages' });
    const done = async () => (await rowsOf(patient)).every((row) => row['status'] === 'sent');
    await waitUntil(done, 'all rows sent');
    expect(mailsTo(address)).toHaveLength(2);
  });
});

it('what somebody does not want by e-mail is suppressed', async () => {
  const channels = { inbox: true, email: false, webhook: true };
  await putPreferences(stage.database.knex, reader, { 'payment.failed': channels });
  await stage.handle([stage.record({ type: 'payment.failed', payer_id: reader })]);
  expect((await rowsOf(reader)).map((row) => row['status'])).toEqual(['suppressed']);
});

describe('a mail server that does not take it', () => {
  it('for now: it is tried again', async () => {
    sink.refuseWith(451);
    await stage.handle([stage.record({ payer_id: reader })]);
    const isRefused = async () => (await rowsOf(reader))[0]?.['last_error'] === 'smtp_451';
    await waitUntil(isRefused, 'the refusal', 10_000);
    expect((await rowsOf(reader))[0]).toMatchObject({ status: 'queued', attempts: 1 });
    sink.refuseWith(null);
    await hurry(reader);
    await waitUntil(() => mailsTo(to).length === 1, 'the e-mail', 10_000);
  });

  it('for ever: it has failed, and what is noted is no address', async () => {
    sink.refuseWith(550);
    await stage.handle([stage.record({ payer_id: reader })]);
    const hasFailed = async () => (await rowsOf(reader))[0]?.['status'] === 'failed';
    await waitUntil(hasFailed, 'the end', 10_000);
    expect((await rowsOf(reader))[0]).toMatchObject({ last_error: 'smtp_550', attempts: 1 });
    sink.refuseWith(null);
  });
});

it('without the identity service e-mails go back, and it counts as no try', async () => {
  isIdentityAway = true;
  await stage.handle([stage.record({ payer_id: reader })]);
  const isBack = async () => {
    const [row] = await rowsOf(reader);
    return row?.['attempts'] === 0 && Number(row['next_at']) > Date.now();
  };
  await waitUntil(isBack, 'its return', 10_000);
  isIdentityAway = false;
  await hurry(reader);
  await waitUntil(() => mailsTo(to).length === 1, 'the e-mail', 10_000);
});

it('who was erased, or wants none any more, gets none', async () => {
  addresses.delete(reader);
  await stage.handle([stage.record({ payer_id: reader })]);
  const isOver = async () => (await rowsOf(reader))[0]?.['status'] === 'suppressed';
  await waitUntil(isOver, 'the end', 10_000);
  expect((await rowsOf(reader))[0]).toMatchObject({ last_error: 'no_address' });
});

it('staff sends by e-mail as an event would', async () => {
  await stage.database.knex.raw(
    `insert into app_user (id, role, password_hash) values (?, 'customer', '')`,
    [reader],
  );
  await sendNotification(stage.database, {
    ...{ userId: reader, template: 'generic.message', channels: ['email'] },
    data: { title: 'Hallo', text: 'Ein Wort' },
  });
  await waitUntil(() => mailsTo(to).length === 1, 'the e-mail', 10_000);
  expect(mailsTo(to)[0]).toMatchObject({ subject: 'Hallo' });
});

it('a dispute is told by e-mail to who never asked, or asked for no more', async () => {
  const [stranger, former] = [randomUUID(), await newReader()];
  await putProfile(stage.database.knex, former, { email: false });
  addresses.set(stranger, { email: `${stranger}@wallet.test`, name: 'Ann' });
  for (const userId of [stranger, former]) {
    await stage.database.knex.raw(
      `insert into app_user (id, role, password_hash) values (?, 'customer', '')`,
      [userId],
    );
    for (const template of ['payment.captured', 'dispute.opened'] as const) {
      const message = { userId, template, data: {}, channels: ['inbox', 'email'] as const };
      await sendNotification(stage.database, message);
    }
  }
  const isOnly = (userId: string) => mailsTo(`${userId}@wallet.test`).length === 1;
  await waitUntil(() => isOnly(stranger) && isOnly(former), 'the e-mails', 10_000);
  expect(mailsTo(`${stranger}@wallet.test`)[0]?.text).toContain('a party of this dispute');
  expect(mailsTo(`${former}@wallet.test`)[0]?.text).toContain('Partei dieses Streitfalls');
  expect((await rowsOf(stranger)).map((row) => row['template'])).toEqual(['dispute.opened']);
});
