import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findRefusedSignature, openSink, type Sink } from '@wallet/streams/testing';
import { memberOf, type Resident } from '../support/api.ts';
import { freePort } from '../support/free-port.ts';
import { startSystem, type System } from '../support/system.ts';

const pipeline = 'fraud,settlement,commands,outbox,outcomes,notifications,timers';

let system: System;
let sink: Sink;
let mailPort: number;
let payer: Resident;
let payee: Resident;
beforeAll(async () => {
  mailPort = await freePort();
  system = await startSystem({
    processors: [pipeline, 'webhooks,emails'],
    rules: 'lenient',
    env: { MAIL_PAGE_PORT: String(mailPort) },
  });
  sink = await openSink('well');
  payer = await system.api.customerWith(100_000);
  payee = await system.api.register('merchant');
}, 90_000);
afterAll(async () => {
  await sink?.close();
  await system?.stop();
}, 60_000);

async function pay(): Promise<string> {
  const order = { from: payer.walletId, to: payee.walletId, amountMinor: 1_250 };
  return String(memberOf(await payer.pay(order, { wait: 10 }), 200, 'id'));
}

type Endpoint = { id: string; secret: string };

test('a merchant hears of its payments, by its present secret and the one before', async () => {
  const asked = { url: sink.url, events: ['payment.captured'] };
  const made = await payee.post('/webhook-endpoints', asked);
  const { id, secret } = made.json as unknown as Endpoint;
  expect([made.status, secret.slice(0, 6)]).toEqual([201, 'whsec_']);
  expect((await payee.get(`/webhook-endpoints/${id}`)).json).not.toHaveProperty('secret');
  expect((await payer.get(`/webhook-endpoints/${id}`)).status).toBe(404);

  const first = await pay();
  await system.waitFor(async () => sink.arrivals.length === 1, 'the first arrival', 30_000);
  const [arrival] = sink.arrivals;
  expect(JSON.parse(arrival?.body ?? '')).toMatchObject({
    ...{ id: arrival?.id, type: 'payment.captured' },
    data: { object: { id: first, object: 'payment', status: 'captured', amount_minor: 1_250 } },
  });
  expect(await findRefusedSignature(secret, sink.arrivals)).toBeNull();

  const rotated = await payee.post(`/webhook-endpoints/${id}/rotate-secret`, {});
  const { secret: next } = rotated.json as unknown as Endpoint;
  expect(next).not.toBe(secret);
  await pay();
  await system.waitFor(async () => sink.arrivals.length === 2, 'the second arrival', 30_000);
  for (const each of [secret, next]) {
    expect(await findRefusedSignature(each, sink.arrivals.slice(1))).toBeNull();
  }
  const { json } = await payee.get(`/webhook-endpoints/${id}/deliveries`);
  const { data } = json as unknown as { data: { event_id: string }[] };
  expect(data.map(({ event_id: event }) => event)).toEqual(
    sink.arrivals.map((each) => each.id).reverse(),
  );
  expect(system.logOf('streams:webhooks,emails')).not.toContain(secret);
}, 90_000);

test('who asks for e-mails gets them in the own language; no log names the address', async () => {
  const settings = { email: true, language: 'de', time_zone: 'Europe/Berlin' };
  const none = { from: '08:00', until: '08:00' };
  const { json } = await payer.put('/notification-settings', { ...settings, quiet_hours: none });
  expect(json).toEqual({ ...settings, quiet_hours: null, digest: false });
  const nowhere = await payer.put('/notification-settings', { time_zone: 'Nowhere/At_all' });
  expect([nowhere.status, nowhere.json?.code]).toEqual([422, 'unknown_time_zone']);
  const paymentId = await pay();
  const arrived = async (): Promise<{ to: string; text: string } | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${mailPort}/mails.json`);
    const mails = (await answer.json()) as { to: string; text: string }[];
    return mails.find(({ text }) => text.includes(paymentId));
  };
  await system.waitFor(async () => (await arrived()) !== undefined, 'the e-mail', 30_000);
  const mail = await arrived();
  expect(mail?.to).toBe(payer.email);
  expect(mail?.text).toMatch(/^Eine Zahlung über 12,50\s\$ wurde ausgeführt\./);
  for (const role of ['streams:webhooks,emails', 'identity', 'edge']) {
    expect(system.logOf(role)).not.toContain(payer.email);
  }
}, 60_000);

test.each([
  ...['http://127.0.0.1:6379/', 'http://localhost:20000/', 'https://127.1/', 'https://0x7f000001/'],
  ...['https://2130706433/', 'https://10.0.0.1/', 'https://172.16.0.1/', 'https://192.168.0.1/'],
  ...['https://169.254.169.254/latest/meta-data/', 'https://100.64.0.1/', 'https://[::1]/'],
  ...['https://[::ffff:127.0.0.1]/', 'https://[64:ff9b::7f00:1]/', 'https://[fd00::1]/'],
  ...['https://metadata.google.internal/', 'http://hooks.example.com/', 'file:///etc/passwd'],
])('nothing is registered for %s', async (url) => {
  const { status, json } = await payee.post('/webhook-endpoints', { url, events: ['*'] });
  expect([status, json?.['code']]).toEqual([422, 'url_not_allowed']);
});
