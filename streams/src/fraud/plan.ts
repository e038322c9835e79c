import {
  distinctSets,
  distinctWindows,
  entities,
  featureIndex,
  features,
  outcomeKinds,
  outcomeSeries,
  windows,
  type EntityName,
  type OutcomeKind,
  type Parties,
  type RuleSet,
} from '@wallet/core-ledger';

/**
 * What a batch asks of the velocity store: computed once for a rule set. Attempts of the entities
 * that are always counted are in every plan; the rest is there when a rule reads it.
 */
export type VelocityPlan = readonly EntityPlan[];

export type EntityPlan = {
  /** Index in the catalogue of entities. */
  readonly entity: number;
  readonly name: EntityName;
  readonly idOf: (payment: Parties) => string | null;
  /** The series of outcomes that is counted instead of the attempts, a place in `keyEndings`. */
  readonly records: number | null;
  /** Index of the entity's first feature of the attempts; the others stand behind it. */
  readonly firstFeature: number;
  readonly sets: readonly SetPlan[];
  readonly outcomes: readonly OutcomePlan[];
  /** Whether a rule asks since when the user is here: see profiles.ts. */
  readonly readsProfile: boolean;
};

type SetPlan = {
  /** Its place in `keyEndings`. */
  readonly ending: number;
  readonly memberOf: (payment: Parties) => string | null;
  /** Index of its first feature: one for each window, then whether the member is new. */
  readonly firstFeature: number;
};

type OutcomePlan = {
  /** Its place in `keyEndings`. */
  readonly ending: number;
  /** Which of the answer's numbers becomes which feature. */
  readonly places: readonly { readonly at: number; readonly isSum: boolean; feature: number }[];
};

/**
 * What ends the keys of an entity beside its own. Append only: the place of a kind of outcomes is
 * a bit of what is stored.
 */
export const keyEndings: readonly string[] = [
  ...Object.keys(outcomeKinds),
  ...new Set(distinctSets.map(({ name }) => name)),
];

/** Bytes of a window in an answer: a count of four bytes and a sum of eight. */
export const windowBytes = 12;

/** @param ruleSet the features it reads decide what is fetched; null plans the whole catalogue */
export function velocityPlan(ruleSet: Pick<RuleSet, 'features'> | null): VelocityPlan {
  const read = ruleSet === null ? features : ruleSet.features.flatMap((at) => features[at] ?? []);
  const isRead = (name: string): boolean => read.some((feature) => feature.name === name);
  return entities.flatMap(({ name, counted, idOf }, entity): EntityPlan[] => {
    if (counted !== 'always' && !read.some((feature) => feature.entity === name)) return [];
    const sets = distinctSets
      .filter((set) => set.entity === name)
      .map(({ name: set, member, memberOf }) => ({
        ...{ ending: keyEndings.indexOf(set), memberOf },
        names: [...distinctWindows.map((w) => `${name}.${set}_${w}`), `${name}.new_${member}`],
      }))
      .filter(({ names }) => names.some(isRead))
      .map(({ names, ...set }) => ({ ...set, firstFeature: featureIndex(names[0] ?? '') }));
    const outcomes = outcomeSeries
      .filter((series) => series.entity === name)
      .map(({ kind }) => outcomePlan(name, kind))
      .filter(({ places }) => places.some(({ feature }) => isRead(features[feature]?.name ?? '')));
    const firstFeature = featureIndex(`${name}.count_${windows[0]}`);
    const readsProfile = read.some((of) => of.entity === name && of.family === 'profile');
    return [{ entity, name, idOf, records: null, firstFeature, sets, outcomes, readsProfile }];
  });
}

function outcomePlan(entity: EntityName, kind: OutcomeKind): OutcomePlan {
  const places = features.flatMap((feature, index) => {
    if (feature.family !== 'outcomes' || feature.entity !== entity) return [];
    if (feature.kind !== kind || feature.window === null) return [];
    const isSum = feature.aggregate === 'sum';
    const at = windows.indexOf(feature.window) * windowBytes + (isSum ? 4 : 0);
    return [{ at, isSum, feature: index }];
  });
  return { ending: keyEndings.indexOf(kind), places };
}

/** Where an outcome of this kind is counted; its answers are features of nobody. */
export function recordingPlan(kind: OutcomeKind): VelocityPlan {
  return entities.flatMap(({ name, idOf }, entity): EntityPlan[] =>
    outcomeSeries.some((series) => series.kind === kind && series.entity === name)
      ? [
          {
            ...{ entity, name, idOf, records: keyEndings.indexOf(kind), firstFeature: 0 },
            ...{ sets: [], outcomes: [], readsProfile: false },
          },
        ]
      : [],
  );
}
