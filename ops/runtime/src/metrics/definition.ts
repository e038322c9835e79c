/** A label whose values are data (a route template, a rule's name), bounded in number. */
export type BoundedLabel = { readonly most: number; readonly valuesAre: string };

/** A closed list of values, or a bounded label. Never an id, a path, an amount or a message. */
export type Label = readonly string[] | BoundedLabel;

/** Which processes start the metric at 0; any process may write it. */
export type Origin = 'every' | 'edge' | 'identity' | 'streams' | 'monitor';

type Common = {
  readonly help: string;
  readonly origin: Origin;
  readonly labels?: { readonly [name: string]: Label };
};

/** One row of the metric table. Units are base units and stand last in the name. */
export type MetricDefinition =
  | (Common & { readonly type: 'counter' | 'gauge' })
  | (Common & {
      readonly type: 'histogram';
      readonly buckets: readonly number[];
      /** Its buckets may name a trace each: the latest one that fell there. */
      readonly exemplars?: true;
    });

/** Says what the values are and how many there may be; one more than that is counted as `other`. */
export function bounded(most: number, valuesAre: string): BoundedLabel {
  return { most, valuesAre };
}
