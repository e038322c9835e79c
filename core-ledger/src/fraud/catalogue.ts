import { createHash } from 'node:crypto';
import type { ScreenedPayment } from './facts.ts';

/**
 * The feature catalogue: every number that is counted for rules, as code. Its order is the order in
 * which decisions record their features: append only. None of them counts the payment that is
 * being screened.
 *
 * Three families, by what feeds them and when:
 * - attempts: every payment intent, at the time the edge accepted it;
 * - distinct: the parties seen in those intents, at the same time;
 * - outcomes: what became of payments, at the time it became known (a dispute counts when it is
 *   opened, not when the payment was made: a rule of yesterday could not know it either).
 * One more, profile, is read and never counted.
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
  readonly idOf: (payment: Parties) => string | null;
};

/** What of a payment identifies its entities. */
export type Parties = Pick<ScreenedPayment, 'payer_id' | 'payee_id'> & {
  readonly context: Omit<ScreenedPayment['context'], 'card_bin'>;
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

/** Members of an entity that are told apart, exactly up to 128: that stands for 128 or more. */
export type DistinctSet = {
  readonly entity: EntityName;
  /** As in `payee.payers_24h`, and in the name of its key. */
  readonly name: string;
  /** As in `payee.new_payer`. */
  readonly member: string;
  readonly memberOf: (payment: Parties) => string | null;
};

export const distinctWindows = ['24h', '7d', '30d'] as const satisfies readonly Window[];

const payers = { name: 'payers', member: 'payer', memberOf: (p: Parties) => p.payer_id };
const cards = {
  ...{ name: 'cards', member: 'card' },
  memberOf: (p: Parties) => p.context.card_fingerprint,
};

export const distinctSets: readonly DistinctSet[] = [
  { entity: 'payee', ...payers },
  { entity: 'device', ...payers },
  { entity: 'payer', name: 'devices', member: 'device', memberOf: (p) => p.context.device_id },
  { entity: 'payer', name: 'payees', member: 'payee', memberOf: (p) => p.payee_id },
  { entity: 'payer', ...cards },
  { entity: 'device', ...cards },
  { entity: 'payer', name: 'countries', member: 'country', memberOf: (p) => p.context.country },
  { entity: 'ip', ...payers },
  { entity: 'card_fingerprint', ...payers },
];

export const outcomeKinds = {
  disputed: 'chargebacks opened',
  fraud: 'payments that a review or a dispute found fraudulent',
  declined: 'payments that failed or were rejected',
  refunded: 'refunds made',
  review_rejected: 'payments rejected in review',
  review_approved: 'payments approved in review',
  captured: 'payments captured',
} as const;
export type OutcomeKind = keyof typeof outcomeKinds;

/** What is counted of one kind of outcome at one entity. */
export type OutcomeSeries = {
  readonly entity: EntityName;
  readonly kind: OutcomeKind;
  readonly windows: readonly Window[];
  readonly aggregates: readonly ('count' | 'sum')[];
};

const long = ['24h', '7d', '30d'] as const;
function seriesOf(
  kind: OutcomeKind,
  names: readonly EntityName[],
  aggregates: OutcomeSeries['aggregates'],
): OutcomeSeries[] {
  const windows = kind === 'declined' ? (['1h', ...long] as const) : long;
  return names.map((entity) => ({ entity, kind, windows, aggregates }));
}

/** Those that the shipped rules read stand first: decisions leave out what follows the last one. */
export const outcomeSeries: readonly OutcomeSeries[] = [
  ...seriesOf('disputed', ['payee'], ['count', 'sum']),
  ...seriesOf('declined', ['device'], ['count']),
  ...seriesOf('fraud', ['device'], ['count']),
  ...seriesOf('refunded', ['payer'], ['count', 'sum']),
  ...seriesOf('disputed', ['payer'], ['count', 'sum']),
  ...seriesOf('disputed', ['device', 'card_fingerprint'], ['count']),
  ...seriesOf('fraud', ['payee', 'payer'], ['count', 'sum']),
  ...seriesOf('fraud', ['card_fingerprint'], ['count']),
  ...seriesOf('declined', ['payer', 'payee', 'ip', 'card_fingerprint', 'pair'], ['count']),
  ...seriesOf('refunded', ['payee'], ['count', 'sum']),
  ...seriesOf('review_rejected', ['payer', 'payee', 'device', 'card_fingerprint'], ['count']),
  ...seriesOf('review_approved', ['payer', 'payee'], ['count']),
  ...seriesOf('captured', ['payer', 'payee'], ['count', 'sum']),
];

type Unit = 'payments' | 'minor units' | 'seconds' | 'members' | '1 or 0';

/** One recorded feature; `window` is null for what knows no window. */
export type Feature = {
  readonly name: string;
  readonly entity: EntityName;
  readonly window: Window | null;
  readonly unit: Unit;
} & (
  | { readonly family: 'attempts'; readonly aggregate: 'count' | 'sum' | 'first_seen_seconds' }
  | { readonly family: 'distinct'; readonly aggregate: 'distinct' | 'new'; readonly set: string }
  | {
      readonly family: 'outcomes';
      readonly aggregate: 'count' | 'sum';
      readonly kind: OutcomeKind;
    }
  | { readonly family: 'profile'; readonly aggregate: 'account_age_seconds' }
);

const unitOf = { count: 'payments', sum: 'minor units' } as const;

function attemptFeatures(entity: EntityName): Feature[] {
  const family = 'attempts';
  return [
    ...windows.flatMap((window) =>
      (['count', 'sum'] as const).map((aggregate): Feature => {
        const name = `${entity}.${aggregate}_${window}`;
        return { name, entity, family, aggregate, window, unit: unitOf[aggregate] };
      }),
    ),
    {
      ...{ name: `${entity}.first_seen_seconds`, entity, family, window: null, unit: 'seconds' },
      aggregate: 'first_seen_seconds',
    },
  ];
}

function distinctFeatures({ entity, name: set, member }: DistinctSet): Feature[] {
  const family = 'distinct';
  return [
    ...distinctWindows.map((window): Feature => {
      const plain = { name: `${entity}.${set}_${window}`, entity, family, set } as const;
      return { ...plain, aggregate: 'distinct', window, unit: 'members' };
    }),
    {
      ...{ name: `${entity}.new_${member}`, entity, family, set, window: null },
      ...{ aggregate: 'new', unit: '1 or 0' },
    },
  ];
}

function outcomeFeatures({ entity, kind, windows: own, aggregates }: OutcomeSeries): Feature[] {
  return own.flatMap((window) =>
    aggregates.map((aggregate): Feature => {
      const plain = { name: `${entity}.${kind}_${aggregate}_${window}`, entity, kind } as const;
      return { ...plain, family: 'outcomes', aggregate, window, unit: unitOf[aggregate] };
    }),
  );
}

const profileFeatures = (['payer', 'payee'] as const).map((entity): Feature => {
  const aggregate = 'account_age_seconds';
  const name = `${entity}.${aggregate}`;
  return { name, entity, family: 'profile', aggregate, window: null, unit: 'seconds' };
});

export const features: readonly Feature[] = [
  ...entities.flatMap(({ name }) => attemptFeatures(name)),
  ...distinctSets.flatMap(distinctFeatures),
  ...outcomeSeries.flatMap(outcomeFeatures),
  ...profileFeatures,
];

const indexes = new Map(features.map(({ name }, index) => [name, index]));

/** Where a feature stands in the catalogue. Throws for a name that it does not have. */
export function featureIndex(name: string): number {
  const index = indexes.get(name);
  if (index === undefined) throw new Error(`no feature is called ${name}`);
  return index;
}

/** Version of the catalogue when it had `count` features: what an old decision was written in. */
export function catalogueVersionOf(count: number): string {
  const names = features.slice(0, count).map(({ name }) => name);
  return createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16);
}

/** Which vocabulary a decision's features are written in. */
export const catalogueVersion = catalogueVersionOf(features.length);
