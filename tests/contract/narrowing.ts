export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
export type Schemas = Record<string, Schema>;

type Context = {
  before: Schemas;
  after: Schemas;
  /** For the lines: which value it is about. */
  where: string;
  /** What the client sends must still be taken; what the server sends must still be understood. */
  sentBy: 'client' | 'server';
};

/** How a value may no longer be what it was: one line each. Schemas here have no cycles. */
export function narrowings(
  before: Schema | undefined,
  after: Schema | undefined,
  context: Context,
): string[] {
  if (before === undefined || after === undefined) return [];
  const [was, is] = [resolve(before, context.before), resolve(after, context.after)];
  const branches = branchBreaks(was, is, context);
  if (branches !== null) return branches;
  const { sentBy, where } = context;
  const said = sentBy === 'client' ? rangeBreaks(was, is) : answerValueBreaks(was, is);
  return [...typeBreaks(was, is, sentBy), ...said, ...propertyBreaks(was, is, context)]
    .map((what) => (what.startsWith(where) ? what : `${where}: ${what}`))
    .concat(narrowings(was.items, is.items, { ...context, where: `${where}[]` }));
}

function resolve(schema: Schema, schemas: Schemas): Schema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice('#/components/schemas/'.length);
    return resolve(schemas[name] ?? {}, schemas);
  }
  if (schema.allOf === undefined) return schema;
  const { allOf, ...rest } = schema;
  return Object.assign({}, ...allOf.map((part) => resolve(part, schemas)), rest) as Schema;
}

/** Each branch that one side may send must fit one that the other side knows. */
function branchBreaks(was: Schema, is: Schema, context: Context): string[] | null {
  const [old, now] = [was.anyOf ?? was.oneOf, is.anyOf ?? is.oneOf];
  if (old === undefined && now === undefined) return null;
  const [olds, nows] = [old ?? [was], now ?? [is]];
  const fits = (one: Schema, other: Schema): boolean =>
    narrowings(one, other, context).length === 0;
  const known = olds.map((one) => nounOf(one, context.before));
  // Clients tell forms apart by `object`; a further one is a further word.
  const isNewNoun = (other: Schema): boolean => {
    const noun = nounOf(other, context.after);
    return noun !== undefined && known.every((one) => one !== undefined && one !== noun);
  };
  const unmatched =
    context.sentBy === 'client'
      ? olds.filter((one) => !nows.some((other) => fits(one, other)))
      : nows.filter((other) => !isNewNoun(other) && !olds.some((one) => fits(one, other)));
  return unmatched.length === 0 ? [] : [`${context.where}: a form of it is no longer the same`];
}

/** The one word that `object` may be; undefined where a form has no such member. */
function nounOf(form: Schema, schemas: Schemas): unknown {
  const member = resolve(form, schemas).properties?.object;
  if (member === undefined) return undefined;
  const { const: only, enum: words = [] } = resolve(member, schemas);
  return only ?? (words.length === 1 ? words[0] : undefined);
}

function typesOf(schema: Schema): string[] {
  const types = schema.type === undefined ? [] : [schema.type].flat();
  // Each integer is a number.
  return types.includes('number') ? [...types, 'integer'] : types;
}

function typeBreaks(was: Schema, is: Schema, sentBy: Context['sentBy']): string[] {
  const [sent, known] = sentBy === 'client' ? [was, is] : [is, was];
  if (typesOf(known).length === 0) return [];
  if (typesOf(sent).length === 0) return ['the type was any'];
  const lost = typesOf(sent).filter((type) => !typesOf(known).includes(type));
  return lost.map((type) =>
    sentBy === 'client' ? `type ${type} no longer taken` : `may now be ${type}`,
  );
}

const upper = ['maxLength', 'maximum', 'maxItems', 'maxProperties'] as const;
const lower = ['minLength', 'minimum', 'minItems'] as const;

function rangeBreaks(was: Schema, is: Schema): string[] {
  const words = (schema: Schema): unknown[] | undefined =>
    schema.const === undefined ? schema.enum : [schema.const];
  const taken = words(is);
  const lostWords =
    taken === undefined
      ? []
      : (words(was)?.filter((word) => !taken.includes(word)) ?? ['any other value']);
  return [
    ...lostWords.map((word) => `${JSON.stringify(word)} no longer taken`),
    ...upper.flatMap((name) =>
      (is[name] ?? Infinity) < (was[name] ?? Infinity) ? [`${name} lowered to ${is[name]}`] : [],
    ),
    ...lower.flatMap((name) =>
      (is[name] ?? -Infinity) > (was[name] ?? -Infinity) ? [`${name} raised to ${is[name]}`] : [],
    ),
    ...(['pattern', 'format'] as const).flatMap((name) =>
      is[name] !== undefined && is[name] !== was[name] ? [`${name} is now ${is[name]}`] : [],
    ),
  ];
}

/** Further words may come in answers; a form that clients parse by must stay. */
function answerValueBreaks(was: Schema, is: Schema): string[] {
  return was.format !== undefined && is.format !== was.format
    ? [`format ${was.format} became ${is.format ?? 'none'}`]
    : [];
}

function propertyBreaks(was: Schema, is: Schema, context: Context): string[] {
  const { where, sentBy } = context;
  const [old, now] = [was.properties ?? {}, is.properties ?? {}];
  const isClosed = is.additionalProperties === false;
  const inBoth = Object.keys(old).filter((name) => name in now);
  const gone = Object.keys(old).filter((name) => !(name in now));
  const newlyRequired = (is.required ?? []).filter((name) => !(was.required ?? []).includes(name));
  const noLongerSure = (was.required ?? []).filter((name) => !(is.required ?? []).includes(name));
  return [
    ...inBoth.flatMap((name) =>
      narrowings(old[name], now[name], { ...context, where: `${where}.${name}` }),
    ),
    ...(sentBy === 'client'
      ? [
          ...(isClosed ? gone.map((name) => `field ${name} removed`) : []),
          ...newlyRequired.map((name) => `field ${name} now required`),
          ...(isClosed && was.type === 'object' && was.additionalProperties !== false
            ? ['other fields no longer taken']
            : []),
        ]
      : noLongerSure.map((name) => `field ${name} may be missing`)),
  ];
}
