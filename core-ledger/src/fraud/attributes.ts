import { currencyOfCountry } from './country-currencies.ts';
import { entities, featureIndex, features, outcomeKinds } from './catalogue.ts';
import type { EntityName, Feature, Window } from './catalogue.ts';
import type { ScreenedPayment } from './facts.ts';

/** Everything a rule may name: fields of the payment, the catalogue's features, what follows. */

/** How an attribute is read. */
type Source =
  | { readonly type: 'int'; readonly from: 'amount' }
  | { readonly type: 'int' | 'bool'; readonly from: 'feature'; readonly index: number }
  | {
      readonly type: 'int';
      readonly from: 'mean' | 'percent_of_mean';
      readonly sumIndex: number;
      readonly countIndex: number;
    }
  | {
      readonly type: 'string';
      readonly from: 'payment';
      readonly read: (payment: ScreenedPayment) => string | null;
    };

/** For people and editors; entity, aggregate and window are null where there is none. */
type Description = {
  readonly doc: string;
  readonly unit: string | null;
  readonly entity: EntityName | null;
  readonly aggregate: string | null;
  readonly window: Window | null;
  /** Whether the payment that is being screened is counted in it. */
  readonly includesCurrent: boolean;
};

export type Attribute = Source & Description;

const ofPayment = { entity: null, aggregate: null, window: null, includesCurrent: true } as const;

function text(read: (payment: ScreenedPayment) => string | null, doc: string): Attribute {
  return { type: 'string', from: 'payment', read, doc, unit: null, ...ofPayment };
}

const amount: Attribute = {
  ...{ type: 'int', from: 'amount', doc: 'amount of this payment', unit: 'minor units' },
  ...ofPayment,
};

function countryCurrency({ context: { country } }: ScreenedPayment): string | null {
  return country === null ? null : currencyOfCountry(country);
}

const inputs: readonly (readonly [string, Attribute])[] = [
  ['amount_minor', amount],
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
  [
    'context.country_currency',
    text(
      countryCurrency,
      'ISO 4217 code used in context.country; differs: context.country_currency != currency',
    ),
  ],
];

function whatIs(feature: Feature): string {
  const { entity, aggregate, window } = feature;
  switch (feature.family) {
    case 'attempts':
      if (feature.aggregate === 'first_seen_seconds')
        return 'age of the first payment seen (after 31 days without one it is forgotten)';
      return `${feature.aggregate} of payments of ${entity} within ${window}`;
    case 'distinct':
      if (feature.aggregate === 'new')
        return `this payment's is none of the ${feature.set} of ${entity} within 30d`;
      return `distinct ${feature.set} of ${entity} within ${window}; 128 stands for 128 or more`;
    case 'outcomes':
      return `${aggregate} of ${outcomeKinds[feature.kind]} of ${entity}, known within ${window}`;
    case 'profile':
      return `age of the account of ${entity}`;
  }
}

const counted = features.map((feature, index): [string, Attribute] => {
  const { name, entity, aggregate, window, unit } = feature;
  const type = aggregate === 'new' ? 'bool' : 'int';
  const doc = `${whatIs(feature)}, this payment excluded`;
  const described = { doc, unit, entity, aggregate, window, includesCurrent: false };
  return [name, { type, from: 'feature', index, ...described }];
});

const means = entities.flatMap(({ name: entity }): [string, Attribute][] => {
  const sumIndex = featureIndex(`${entity}.sum_30d`);
  const countIndex = featureIndex(`${entity}.count_30d`);
  const where = { type: 'int', sumIndex, countIndex, entity, window: '30d' } as const;
  const mean = `mean amount of ${entity} within 30d, this payment excluded, rounded down`;
  const percent = `amount of this payment in percent of ${entity}.mean_30d, rounded down`;
  return [
    [
      `${entity}.mean_30d`,
      {
        ...where,
        ...{ from: 'mean', doc: `${mean}; missing without payments`, unit: 'minor units' },
        ...{ aggregate: 'mean', includesCurrent: false },
      },
    ],
    [
      `${entity}.amount_percent_of_mean_30d`,
      {
        ...where,
        ...{
          from: 'percent_of_mean',
          doc: `${percent}; missing without payments`,
          unit: 'percent',
        },
        ...{ aggregate: 'percent_of_mean', includesCurrent: true },
      },
    ],
  ];
});

/** Every name a rule may use, with its type, source and documentation. */
export const attributes: ReadonlyMap<string, Attribute> = new Map([
  ...inputs,
  ...counted,
  ...means,
]);

/** The features an attribute reads, by their index. */
export function featuresReadBy(attribute: Attribute): readonly number[] {
  if (attribute.from === 'feature') return [attribute.index];
  if ('sumIndex' in attribute) return [attribute.sumIndex, attribute.countIndex];
  return [];
}
