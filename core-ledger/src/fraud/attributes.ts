import { createHash } from 'node:crypto';
import type { ScreenedPayment } from './facts.ts';

/**
 * The attribute catalogue: everything a rule may name, as code. Its order is the order of a
 * decision's recorded features, so append only; any change of it changes `catalogueVersion`.
 */

/** A window reaches back at least its name and at most one bucket further. */
export const windows = ['5m', '1h', '24h', '7d', '30d'] as const;
export type Window = (typeof windows)[number];

type Entity = {
  readonly name: string;
  readonly doc: string;
  /** always: counted for every payment, so that a new rule finds history; referenced: on demand. */
  readonly counted: 'always' | 'referenced';
  /** What identifies the entity in a payment; null when the payment does not carry it. */
  readonly idOf: (payment: ScreenedPayment) => string | null;
};

export const entities = [
  { name: 'payer', doc: 'the paying user', counted: 'always', idOf: (p) => p.payer_id },
  { name: 'payee', doc: 'the paid user', counted: 'always', idOf: (p) => p.payee_id },
  { name: 'device', doc: 'the device', counted: 'always', idOf: (p) => p.context.device_id },
  { name: 'ip', doc: 'the client address', counted: 'referenced', idOf: (p) => p.context.ip },
  {
    name: 'card_fingerprint',
    doc: 'the card',
    counted: 'referenced',
    idOf: (p) => p.context.card_fingerprint,
  },
  {
    name: 'pair',
    doc: 'this payer with this payee',
    counted: 'referenced',
    idOf: (p) => `${p.payer_id}>${p.payee_id}`,
  },
] as const satisfies readonly Entity[];
export type EntityName = (typeof entities)[number]['name'];

/** One recorded feature. None of them counts the payment that is being screened. */
export type Feature = {
  readonly name: string;
  readonly entity: EntityName;
  readonly aggregate: 'count' | 'sum' | 'first_seen_seconds';
  readonly window: Window | null;
  readonly unit: 'payments' | 'minor units' | 'seconds';
};

/** Values of one entity in the order in which the velocity store answers them. */
export const featuresPerEntity = windows.length * 2 + 1;

export const features: readonly Feature[] = entities.flatMap(({ name: entity }) => [
  ...windows.flatMap((window): Feature[] => [
    { name: `${entity}.count_${window}`, entity, aggregate: 'count', window, unit: 'payments' },
    { name: `${entity}.sum_${window}`, entity, aggregate: 'sum', window, unit: 'minor units' },
  ]),
  {
    name: `${entity}.first_seen_seconds`,
    entity,
    aggregate: 'first_seen_seconds',
    window: null,
    unit: 'seconds',
  },
]);

/** Which vocabulary a decision's features are written in. */
export const catalogueVersion = createHash('sha256')
  .update(features.map(({ name }) => name).join('\n'))
  .digest('hex')
  .slice(0, 16);

/** How an attribute is read; `index` points into the features. */
export type Attribute =
  | { readonly type: 'int'; readonly from: 'amount'; readonly doc: string }
  | { readonly type: 'int'; readonly from: 'feature'; readonly index: number; readonly doc: string }
  | {
      readonly type: 'int';
      readonly from: 'mean';
      readonly sumIndex: number;
      readonly countIndex: number;
      readonly doc: string;
    }
  | {
      readonly type: 'string';
      readonly from: 'payment';
      readonly read: (payment: ScreenedPayment) => string | null;
      readonly doc: string;
    };

const text = (read: (payment: ScreenedPayment) => string | null, doc: string): Attribute => ({
  type: 'string',
  from: 'payment',
  read,
  doc,
});

const inputs: readonly (readonly [string, Attribute])[] = [
  ['amount_minor', { type: 'int', from: 'amount', doc: 'amount of this payment, minor units' }],
  ['currency', text((p) => p.currency, 'ISO 4217 code')],
  ['capture', text((p) => p.capture, 'automatic or manual')],
  ['reference', text((p) => p.reference, "the client's reference")],
  ['payer.id', text((p) => p.payer_id, 'user id of the payer')],
  ['payee.id', text((p) => p.payee_id, 'user id of the payee')],
  ['payer_wallet.id', text((p) => p.payer_wallet_id, 'wallet paid from')],
  ['payee_wallet.id', text((p) => p.payee_wallet_id, 'wallet paid to')],
  ['context.ip', text((p) => p.context.ip, 'client address as the caller says')],
  ['context.device_id', text((p) => p.context.device_id, 'device as the caller says')],
  ['context.card_bin', text((p) => p.context.card_bin, 'first digits of the card')],
  ['context.card_fingerprint', text((p) => p.context.card_fingerprint, 'fingerprint of the card')],
  ['context.country', text((p) => p.context.country, 'ISO 3166 code as the caller says')],
];

const featureIndex = new Map(features.map(({ name }, index) => [name, index]));

function indexOf(name: string): number {
  const index = featureIndex.get(name);
  if (index === undefined) throw new Error(`no feature is called ${name}`);
  return index;
}

const counters = features.map(({ name, entity, aggregate, window, unit }, index) => {
  const what =
    aggregate === 'first_seen_seconds'
      ? 'age of the first payment seen (31 days of silence forget it), 0 when this is the first'
      : `${aggregate} of payments of ${entity} within ${window}, this one excluded`;
  const doc = `${what}; ${unit}`;
  return [name, { type: 'int', from: 'feature', index, doc }] satisfies [string, Attribute];
});

const means = entities.map(({ name: entity }): [string, Attribute] => {
  const sumIndex = indexOf(`${entity}.sum_30d`);
  const countIndex = indexOf(`${entity}.count_30d`);
  const doc = `mean amount of ${entity} within 30d, rounded down; missing without payments`;
  return [`${entity}.mean_30d`, { type: 'int', from: 'mean', sumIndex, countIndex, doc }];
});

/** Every name a rule may use, with its type, source and documentation. */
export const attributes: ReadonlyMap<string, Attribute> = new Map([
  ...inputs,
  ...counters,
  ...means,
]);
