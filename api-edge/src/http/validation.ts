import type { z } from 'zod';
import { isProblemCode, problems, type FieldError, type Refusal } from '../problems.ts';

/**
 * Turns what zod found into a refusal. Its code is the first entry's; unknown fields come last, so
 * that a wrong amount is called that. A schema may name a problem as its `error` text.
 */
export function refuseInvalid(error: z.ZodError, input: unknown): Refusal {
  const errors = error.issues
    .flatMap((issue) => fieldErrors(issue, input))
    .filter(isFirstOfItsKind)
    .sort((a, b) => Number(a.code === 'unknown_field') - Number(b.code === 'unknown_field'));
  return { problem: errors[0]?.code ?? 'invalid_field', errors: errors.slice(0, maxErrors) };
}

/** A name of the client's own may be as long as the body. */
const longestPointer = 1_000;

/** A body of unknown fields alone could otherwise ask for an answer larger than itself. */
const maxErrors = 50;

/** One value may break several rules that are one to the client. */
function isFirstOfItsKind(error: FieldError, index: number, all: readonly FieldError[]): boolean {
  const { pointer, code } = error;
  return all.findIndex((other) => other.pointer === pointer && other.code === code) === index;
}

function fieldErrors(issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fieldError('unknown_field', [...issue.path, key]));
  }
  if (isProblemCode(issue.message)) return [fieldError(issue.message, issue.path)];
  if (issue.path.length > 0 && valueAt(input, issue.path) === undefined) {
    return [fieldError('missing_field', issue.path)];
  }
  return [fieldError('invalid_field', issue.path, describe(issue))];
}

function fieldError(
  code: FieldError['code'],
  path: readonly PropertyKey[],
  detail: string = problems[code][2],
): FieldError {
  return { pointer: pointerOf(path).slice(0, longestPointer), code, detail };
}

function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );
}

/** In our words: the validator's are not part of the contract. */
function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `Must be ${withArticle(issue.expected)}.`;
    case 'too_small':
      return `Must be at least ${issue.minimum}${unitOf(issue.origin)}.`;
    case 'too_big':
      return `Must be at most ${issue.maximum}${unitOf(issue.origin)}.`;
    case 'invalid_format':
      return `Must be ${issue.format === 'regex' ? 'as documented' : `a valid ${issue.format}`}.`;
    case 'invalid_value':
      return `Must be one of: ${issue.values.map(String).join(', ')}.`;
    default:
      return problems.invalid_field[2];
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters long';
  return origin === 'number' || origin === 'int' ? '' : ' entries';
}

function withArticle(word: string): string {
  const noun = { int: 'integer', record: 'object' }[word] ?? word;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
