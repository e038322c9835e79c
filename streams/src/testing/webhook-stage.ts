import { randomBytes, randomUUID } from 'node:crypto';
import {
  createConnection,
  createDatabase,
  createMasterSeal,
  createWebhookEndpoint,
  webhookSecretPlace,
  webhookSecretPurpose,
  type Database,
  type MasterSeal,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, systemClock, type Metrics } from '@wallet/runtime';
import { topics, type InboundRecord, type PaymentEvent } from '@wallet/schemas';
import { createTestWire } from '@wallet/schemas/testing';
import type { FindAddresses } from '../emails/addresses.ts';
import { createMailer } from '../emails/mailer.ts';
import { createEmailMeter } from '../emails/meter.ts';
import { createPostman } from '../emails/postman.ts';
import { createNotificationsProcessor, notificationsGroup } from '../notifications/processor.ts';
import type { Handler } from '../runner/handler.ts';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createCourier } from '../webhooks/courier.ts';
import type { FlightDependencies } from '../webhooks/flights.ts';
import { createMeter } from '../webhooks/meter.ts';
import type { OpenSecrets } from '../webhooks/secrets.ts';
import { createSender, type Sender } from '../webhooks/sender.ts';
import { createSigning } from '../webhooks/signing.ts';
import { readAllowedTargets } from '../webhooks/target.ts';
import { sinkTargets } from './webhook-sinks.ts';

/** Notifications, couriers and postmen on a database of their own, fed with events made here. */
export type WebhookStage = {
  database: Database;
  metrics: Metrics;
  handle: Handler;
  /** `whsec_…`, and the id of the new endpoint. */
  endpoint(url: string, ownerId: string, events?: string[]): Promise<Endpoint>;
  /** A payment's event as Kafka would bring it; the next offset each time. */
  record(event: Partial<PaymentEvent>): InboundRecord;
  /** The same event at a new place, as after a reset of offsets or a second send. */
  again(record: InboundRecord): InboundRecord;
  /**
   * Tries at that address whose answer nobody heard in time: what they carried comes again. On a
   * machine that is not overloaded there are none, but where nobody answers.
   */
  unheard(url: string): number;
  /** One more courier; all of them stop with the stage. */
  courier(): Promise<void>;
  /** One more postman; likewise. */
  postman(deps: { mailUrl: string; findAddresses: FindAddresses }): void;
  seal(endpointId: string, secret: string): Buffer;
  close(): Promise<void>;
};

export type Endpoint = { id: string; secret: string };

const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;

/** Of tries here: somebody who hangs is given up sooner. */
const usualTimeoutMs = 3_000;

export async function createWebhookStage({
  timeoutMs = usualTimeoutMs,
} = {}): Promise<WebhookStage> {
  const own = await createTestDatabase();
  const wire = await createTestWire('webhooks');
  const { codec } = wire.wire;
  const log = createLog({ role: 'test', level: 'silent' });
  const metrics = createMetrics({ role: 'test' });
  const database = createDatabase({ url: own.url, applicationName: 'test webhooks' });
  const connection = await createConnection({ url: own.url, applicationName: 'test webhooks' });
  const publisher = wire.wire.createPublisher();
  const offsets = createStandingOffsets(database, notificationsGroup);
  await offsets.positions(topics.paymentEvents.name, [0]);
  const { handle } = createNotificationsProcessor({
    ...{ connection, codec, publisher, offsets, log, metrics, clock: systemClock },
  });
  const master = createMasterSeal(webhookSecretPurpose, randomBytes(32).toString('hex'));
  const seal = (id: string, secret: string): Buffer =>
    master.seal(Buffer.from(secret), webhookSecretPlace(id));
  const sender = createSender({ allowed: readAllowedTargets(sinkTargets), timeoutMs });
  const unheard = new Map<string, number>();
  const send = counting(sender.send, unheard);
  const closers: (() => Promise<void>)[] = [];
  let offset = -1;
  return {
    ...{ database, metrics, handle, seal },
    async endpoint(url, ownerId, events = ['*']) {
      const [id, secret] = [randomUUID(), newSecret()];
      const asked = { id, ownerId, url, events, sealedSecret: seal(id, secret) };
      const made = await createWebhookEndpoint(database, asked);
      if (made === null) throw new Error('the owner has too many endpoints');
      return { id, secret };
    },
    record: (event) => {
      const value = codec.encode(topics.paymentEvents, { ...sampleEvent(), ...event });
      const place = { topic: topics.paymentEvents.name, partition: 0, offset: (offset += 1) };
      return { ...place, timestampMs: Date.now(), key: 'key', value, headers: {} };
    },
    again: (record) => ({ ...record, offset: (offset += 1) }),
    unheard: (url) => unheard.get(url) ?? 0,
    async courier() {
      const way = { sender: { ...sender, send }, openSecrets: opening(master) };
      const deps = { database, log, meter: createMeter(metrics), ...way };
      closers.push(await startCourier(own.url, deps));
    },
    postman({ mailUrl, findAddresses }) {
      const meter = createEmailMeter(metrics);
      closers.push(startPostman(mailUrl, { database, findAddresses, meter, log }));
    },
    async close() {
      for (const close of closers) await close();
      sender.close();
      await publisher.close();
      await connection.close();
      await wire.close();
      await database.close();
      await own.drop();
    },
  };
}

/** Counts, by address, the tries that end without an answer. */
const counting =
  (send: Sender['send'], unheard: Map<string, number>): Sender['send'] =>
  async (url, headers, body) => {
    const result = await send(url, headers, body);
    if (result.status === null) unheard.set(url, (unheard.get(url) ?? 0) + 1);
    return result;
  };

/** @returns what stops it */
async function startCourier(
  url: string,
  deps: Omit<FlightDependencies, 'connection' | 'sign' | 'clock'>,
): Promise<() => Promise<void>> {
  const connection = await createConnection({
    ...{ url, applicationName: 'test courier', settings: { synchronous_commit: 'off' } },
  });
  const sign = createSigning();
  const courier = createCourier({ ...deps, connection, sign, clock: systemClock });
  courier.start();
  return async () => {
    await courier.stop();
    await connection.close();
  };
}

/** @returns what stops it */
function startPostman(
  url: string,
  deps: Omit<Parameters<typeof createPostman>[0], 'mailer' | 'clock'>,
): () => Promise<void> {
  const mailer = createMailer({ url, from: 'Wallet <no-reply@wallet.test>' });
  const postman = createPostman({ ...deps, mailer, clock: systemClock });
  postman.start();
  return async () => {
    await postman.stop();
    mailer.close();
  };
}

/** As couriers have it: each secret is opened once. */
function opening(master: MasterSeal): OpenSecrets {
  const opened = new Map<string, string>();
  const open = (id: string, sealed: string): string => {
    const known = opened.get(sealed);
    if (known !== undefined) return known;
    const secret = master.open(Buffer.from(sealed, 'base64'), webhookSecretPlace(id)).toString();
    opened.set(sealed, secret);
    return secret;
  };
  return (id, sealed) => Promise.resolve(sealed.map((one) => open(id, one)));
}

function sampleEvent(): PaymentEvent {
  return {
    ...{ event_id: randomUUID(), type: 'payment.captured', payment_id: randomUUID() },
    ...{ payment_version: 1, status: 'captured', payer_id: randomUUID(), payee_id: randomUUID() },
    ...{ payer_wallet_id: randomUUID(), payee_wallet_id: randomUUID(), currency: 'USD' },
    ...{ amount_minor: 1_000n, fee_minor: 20n, captured_minor: 1_000n, failure_code: null },
    ...{ accepted_at: Date.now(), occurred_at: Date.now() },
  };
}
