import type { Attribute } from './attributes.ts';
import type { Facts } from './facts.ts';

/**
 * The closures a checked condition is made of. Three values: a test answers `unknown` when an input
 * it needs is missing and has then written that input's name to `facts.missing`. A missing number
 * is NaN, a missing text null. Whole numbers outside the safe range count as missing: nothing is
 * ever rounded.
 */

export const yes = 1;
export const no = 0;
export const unknown = -1;
export type Truth = typeof yes | typeof no | typeof unknown;

export type Test = (facts: Facts) => Truth;
export type Integer = (facts: Facts) => number;
export type Text = (facts: Facts) => string | null;

export type Term =
  { type: 'bool'; run: Test } | { type: 'int'; run: Integer } | { type: 'string'; run: Text };

export function attributeTerm(name: string, attribute: Attribute): Term {
  switch (attribute.from) {
    case 'amount':
      return { type: 'int', run: (facts) => facts.amountMinor };
    case 'feature':
      return featureTerm(name, attribute);
    case 'mean':
      return { type: 'int', run: meanTerm(name, attribute) };
    case 'percent_of_mean': {
      const mean = meanTerm(name, attribute);
      const percent = arithmetic('*', (facts) => facts.amountMinor, hundred);
      return { type: 'int', run: arithmetic('/', percent, mean) };
    }
    case 'payment': {
      const { read } = attribute;
      return {
        type: 'string',
        run: (facts) => {
          const value = read(facts.payment);
          if (value === null) facts.missing = name;
          return value;
        },
      };
    }
  }
}

function featureTerm(name: string, { type, index }: Extract<Attribute, { from: 'feature' }>): Term {
  const run: Integer = (facts) => present(facts, facts.features[index], name);
  if (type === 'int') return { type, run };
  return { type, run: integerComparison('==', run, () => 1) };
}

const hundred: Integer = () => 100;

type Averaged = { readonly sumIndex: number; readonly countIndex: number };

function meanTerm(name: string, { sumIndex, countIndex }: Averaged): Integer {
  return (facts) => {
    const count = facts.features[countIndex] ?? NaN;
    const sum = count > 0 ? (facts.features[sumIndex] ?? NaN) : NaN;
    return present(facts, (sum - (sum % count)) / count, name);
  };
}

function present(facts: Facts, value: number | undefined, name: string): number {
  if (value === undefined || Number.isNaN(value)) {
    facts.missing = name;
    return NaN;
  }
  return value;
}

/** Whether the attribute is there; never unknown. */
export function presence(term: Term): Test {
  if (term.type === 'int') return (facts) => (Number.isNaN(term.run(facts)) ? no : yes);
  if (term.type === 'string') return (facts) => (term.run(facts) === null ? no : yes);
  return (facts) => (term.run(facts) === unknown ? no : yes);
}

export const connectives = {
  /** false wins over unknown. */
  and(left: Test, right: Test): Test {
    return (facts) => {
      const first = left(facts);
      if (first === no) return no;
      if (first === yes) return right(facts);
      const { missing } = facts;
      if (right(facts) === no) return no;
      facts.missing = missing;
      return unknown;
    };
  },
  /** true wins over unknown. */
  or(left: Test, right: Test): Test {
    return (facts) => {
      const first = left(facts);
      if (first === yes) return yes;
      if (first === no) return right(facts);
      const { missing } = facts;
      if (right(facts) === yes) return yes;
      facts.missing = missing;
      return unknown;
    };
  },
  not(inner: Test): Test {
    return (facts) => {
      const truth = inner(facts);
      return truth === unknown ? unknown : truth === yes ? no : yes;
    };
  },
};

export type Ordering = '<' | '<=' | '>' | '>=' | '==' | '!=';

const compare: Record<Ordering, (a: number, b: number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

export function integerComparison(ordering: Ordering, left: Integer, right: Integer): Test {
  const holds = compare[ordering];
  return (facts) => {
    const a = left(facts);
    if (Number.isNaN(a)) return unknown;
    const b = right(facts);
    if (Number.isNaN(b)) return unknown;
    return holds(a, b) ? yes : no;
  };
}

/** Any test over two texts that both must be there. */
export function textTest(left: Text, right: Text, holds: (a: string, b: string) => boolean): Test {
  return (facts) => {
    const a = left(facts);
    if (a === null) return unknown;
    const b = right(facts);
    if (b === null) return unknown;
    return holds(a, b) ? yes : no;
  };
}

export function truthEquality(left: Test, right: Test, wanted: boolean): Test {
  return (facts) => {
    const a = left(facts);
    if (a === unknown) return unknown;
    const b = right(facts);
    if (b === unknown) return unknown;
    return (a === b) === wanted ? yes : no;
  };
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%';

const calculate: Record<Arithmetic, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  // The remainder first: a quotient of doubles could round up to the next whole number.
  '/': (a, b) => (b === 0 ? NaN : (a - (a % b)) / b),
  '%': (a, b) => (b === 0 ? NaN : a % b),
};

export function arithmetic(operator: Arithmetic, left: Integer, right: Integer): Integer {
  const result = calculate[operator];
  return (facts) => {
    const a = left(facts);
    if (Number.isNaN(a)) return NaN;
    const b = right(facts);
    if (Number.isNaN(b)) return NaN;
    const value = result(a, b);
    if (Number.isSafeInteger(value)) return value;
    facts.missing = b === 0 ? 'division by zero' : 'number out of range';
    return NaN;
  };
}

/** Membership in one of the named lists. A list that has no entries may be absent. */
export function listMembership(value: Text, list: string): Test {
  return (facts) => {
    const wanted = value(facts);
    if (wanted === null) return unknown;
    return facts.lists.get(list)?.has(wanted) === true ? yes : no;
  };
}
