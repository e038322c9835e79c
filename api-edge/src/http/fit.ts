import type { z } from 'zod';

/** Said of a value that its schema may refuse, or change: the schema itself must be asked. */
const unsure = Symbol('unsure');

/** The value as its schema would give it, or `unsure`. */
type Fit = (value: unknown) => unknown;

/** As zod's `safeParse`. */
export type Parse<Value> = (value: unknown) => z.ZodSafeParseResult<Value>;

/** A schema's parts, as zod lays them open for libraries (`_zod.def`). */
type Part = { readonly _zod: { readonly def: unknown } };
type Def = {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: RegExp;
  readonly check?: string;
  readonly coerce?: boolean;
  readonly checks?: readonly Part[];
  readonly fn?: (value: unknown) => unknown;
  readonly when?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly value?: number;
  readonly inclusive?: boolean;
  readonly entries?: Readonly<Record<string, string>>;
  readonly innerType?: Part;
  readonly defaultValue?: unknown;
  readonly shape?: Readonly<Record<string, Part>>;
  readonly catchall?: Part;
  readonly options?: readonly Part[];
  readonly keyType?: Part;
  readonly valueType?: Part;
};

/**
 * Answers as the schema's own `safeParse`. What is good is found so for a quarter of the time, as
 * no account is kept of what is wrong: the value comes out as it is, or as a copy with its
 * defaults. Of whatever this does not know, and of all that is not good, zod is asked: a new kind
 * of schema can only cost time.
 * @param schema of values out of JSON, which have no accessors and no absent members
 */
export function createParse<Value>(schema: z.ZodType<Value>): Parse<Value> {
  const fit = fitOf(schema);
  return (value) => {
    const fitted = fit(value);
    return fitted === unsure ? schema.safeParse(value) : { success: true, data: fitted as Value };
  };
}

const never: Fit = () => unsure;

function fitOf(part: Part): Fit {
  const def = part._zod.def as Def;
  const meets = (def.checks ?? []).map(checkOf);
  const base = baseOf(def);
  if (meets.length === 0) return base;
  return (value) => {
    const fitted = base(value);
    if (fitted === unsure) return unsure;
    for (const meet of meets) if (!meet(fitted)) return unsure;
    return fitted;
  };
}

function baseOf(def: Def): Fit {
  if (def.coerce === true) return never;
  switch (def.type) {
    case 'string':
      return stringFit(def);
    case 'number':
      return def.format === 'safeint' ? safeInteger : never;
    case 'enum': {
      const known = new Set<unknown>(Object.values(def.entries ?? {}));
      return (value) => (known.has(value) ? value : unsure);
    }
    case 'object':
      return objectFit(def);
    case 'record':
      return recordFit(def);
    case 'union': {
      // The first that takes a value gives it its form: of the others nothing is known here.
      const [first] = def.options ?? [];
      return first === undefined ? never : fitOf(first);
    }
    default:
      return never;
  }
}

const safeInteger: Fit = (value) => (Number.isSafeInteger(value) ? value : unsure);

/** Of formats those that are a pattern and nothing else. */
const patternFormats: ReadonlySet<string | undefined> = new Set(['uuid', 'ipv4']);

function stringFit({ format, pattern }: Def): Fit {
  if (format === undefined) return (value) => (typeof value === 'string' ? value : unsure);
  if (!patternFormats.has(format) || pattern === undefined) return never;
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : unsure);
}

type Check = (value: unknown) => boolean;

function checkOf(part: Part): Check {
  const { check, format, pattern, fn, when, ...bounds } = part._zod.def as Def;
  const { minimum = 0, maximum = 0, value: bound = 0, inclusive = false } = bounds;
  switch (check) {
    case 'min_length':
      return (value) => (value as string).length >= minimum;
    case 'max_length':
      return (value) => (value as string).length <= maximum;
    case 'greater_than':
      return (value) => (value as number) > bound || (inclusive && value === bound);
    case 'less_than':
      return (value) => (value as number) < bound || (inclusive && value === bound);
    case 'string_format':
      return format === 'regex' && pattern?.global === false && !pattern.sticky
        ? (value) => pattern.test(value as string)
        : () => false;
    case 'custom':
      return fn === undefined || when !== undefined ? () => false : (value) => fn(value) === true;
    default:
      return () => false;
  }
}

type Member = {
  readonly name: string;
  readonly fit: Fit;
  readonly isNeeded: boolean;
  readonly defaultValue: unknown;
};

function memberOf(name: string, part: Part): Member {
  const { type, innerType, defaultValue } = part._zod.def as Def;
  const isNeeded = innerType === undefined || (type !== 'optional' && type !== 'default');
  // A default of several parts must be a new one each time.
  if (isNeeded || typeof defaultValue === 'object') {
    return { name, fit: fitOf(part), isNeeded: true, defaultValue: undefined };
  }
  return { name, fit: fitOf(innerType), isNeeded, defaultValue };
}

/** Only objects that take no members but their own. */
function objectFit({ shape = {}, catchall }: Def): Fit {
  if ((catchall?._zod.def as Def | undefined)?.type !== 'never') return never;
  // Every object has such a member without having been given it.
  if (Object.keys(shape).some((name) => name in Object.prototype)) return never;
  const members = Object.entries(shape).map(([name, part]) => memberOf(name, part));
  return (value) => {
    if (!isPlain(value)) return unsure;
    let unmet = Object.keys(value).length;
    let changes: Record<string, unknown> | undefined;
    for (const { name, fit, isNeeded, defaultValue } of members) {
      const given = value[name];
      if (given === undefined) {
        if (isNeeded) return unsure;
        if (defaultValue !== undefined) (changes ??= {})[name] = defaultValue;
        continue;
      }
      unmet -= 1;
      const fitted = fit(given);
      if (fitted === unsure) return unsure;
      if (fitted !== given) (changes ??= {})[name] = fitted;
    }
    if (unmet !== 0) return unsure;
    return changes === undefined ? value : { ...value, ...changes };
  };
}

function recordFit({ keyType, valueType }: Def): Fit {
  if (keyType === undefined || valueType === undefined) return never;
  const keyFit = fitOf(keyType);
  const valueFit = fitOf(valueType);
  return (value) => {
    if (!isPlain(value)) return unsure;
    for (const name in value) {
      // What comes out changed is left to zod, as is the one name that is more than a name.
      if (name === '__proto__' || keyFit(name) !== name) return unsure;
      if (valueFit(value[name]) !== value[name]) return unsure;
    }
    return value;
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
