import { actions, missingPolicies } from './facts.ts';
import type { Action, MissingPolicy, RuleProblem } from './facts.ts';
import { nearest } from './nearest.ts';

/**
 * Splits a rule-set file into sentences. A line that begins with a word and a quoted name begins a
 * rule, one that begins with `set` a setting; other lines continue the sentence above. A line whose
 * first character is `#` is a comment. Conditions stay text here.
 */

export type RuleSentence = {
  action: Action;
  name: string;
  score: number;
  onMissing: MissingPolicy;
  /** The boolean after `when`, and where it stands in the file. */
  condition: string;
  conditionAt: number;
  source: string;
  at: number;
};
export type SettingSentence = { key: string; value: string | number; at: number; valueAt: number };
export type Sentences = {
  rules: RuleSentence[];
  settings: SettingSentence[];
  problems: RuleProblem[];
};

const startOfRule = /^[ \t]*(?!in\b)[A-Za-z_]\w*[ \t]*"/;
const startOfSetting = /^[ \t]*set(?![\w.])/;
const maxNameLength = 64;
const maxScore = 1000;

/** Turns an offset into line and column (from 1, in code points) and makes a problem of it. */
export function createProblemAt(text: string) {
  return (at: number, code: string, message: string): RuleProblem => {
    const before = text.slice(0, at).split('\n');
    const column = [...(before.at(-1) ?? '')].length + 1;
    return { code, message, line: before.length, column };
  };
}

/** Never throws; what cannot be read is in `problems`. */
export function readSentences(text: string): Sentences {
  const problemAt = createProblemAt(text);
  const result: Sentences = { rules: [], settings: [], problems: [] };
  for (const { at, end } of splitSentences(text)) {
    const body = withoutComments(text.slice(at, end));
    const reader = createReader(body, at, problemAt);
    if (startOfSetting.test(body)) readSetting(reader, result);
    else if (startOfRule.test(body)) readRule(reader, body, result);
    else {
      const first = at + body.search(/\S/);
      const message = 'expected a rule (verb "name" when …) or a setting (set key value)';
      result.problems.push(problemAt(first, 'expected_sentence', message));
    }
  }
  return result;
}

function splitSentences(text: string): { at: number; end: number }[] {
  const starts: number[] = [];
  let open = false;
  for (let at = 0; at <= text.length;) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(at, end);
    const begins = startOfRule.test(line) || startOfSetting.test(line);
    // Words before the first sentence are one of their own, to be complained about.
    const stray: boolean = !open && /^\s*[^\s#]/.test(line);
    if (begins || stray) starts.push(at);
    open ||= begins || stray;
    at = end + 1;
  }
  return starts.map((at, index) => ({ at, end: starts[index + 1] ?? text.length }));
}

/** Comment lines become blanks of the same length, so that every offset stays true. */
function withoutComments(body: string): string {
  return body.replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length));
}

type Reader = ReturnType<typeof createReader>;

function createReader(body: string, base: number, problemAt: ReturnType<typeof createProblemAt>) {
  let position = 0;
  const skipBlanks = (): void => {
    position += /^\s*/.exec(body.slice(position))?.[0].length ?? 0;
  };
  return {
    /** Takes what the pattern (anchored by ^) matches after blanks; null leaves all as it was. */
    take(pattern: RegExp): { text: string; at: number } | null {
      skipBlanks();
      const match = pattern.exec(body.slice(position));
      if (match === null) return null;
      const taken = { text: match[0], at: base + position };
      position += match[0].length;
      return taken;
    },
    here(): number {
      skipBlanks();
      return base + position;
    },
    rest: (): string => body.slice(position).trimEnd(),
    problem: problemAt,
  };
}

function readSetting(reader: Reader, into: Sentences): void {
  const start = reader.take(/^set/);
  const key = reader.take(/^[a-z_]\w*/i);
  const value = reader.take(/^(?:"[^"\n]*"|-?\d+)/);
  if (start === null || key === null || value === null || reader.rest() !== '') {
    const message = 'expected: set key 123, or set key "text"';
    into.problems.push(reader.problem(reader.here(), 'expected_setting', message));
    return;
  }
  const plain = value.text.startsWith('"') ? value.text.slice(1, -1) : Number(value.text);
  into.settings.push({ key: key.text, value: plain, at: key.at, valueAt: value.at });
}

function readRule(reader: Reader, body: string, into: Sentences): void {
  const complain = (at: number, code: string, message: string): void => {
    into.problems.push(reader.problem(at, code, message));
  };
  const verb = reader.take(/^\w+/);
  const name = reader.take(/^"[^"\n]*"?/);
  if (verb === null || name === null) return;
  const action = actions.find((known) => known === verb.text);
  if (action === undefined)
    return complain(
      verb.at,
      'unknown_verb',
      `unknown verb ${verb.text}${nearest(verb.text, actions)}`,
    );
  if (!isName(name.text))
    return complain(
      name.at,
      'invalid_name',
      `a name is 1 to ${maxNameLength} characters in quotes`,
    );
  const score = readScore(reader, complain);
  if (score === false) return;
  if (action === 'score' && score === null)
    return complain(
      reader.here(),
      'score_required',
      'a score rule says its score: score "name" score 20',
    );
  const onMissing = readOnMissing(reader);
  if (onMissing === null)
    return complain(reader.here(), 'invalid_on_missing', `expected ${missingPolicies.join(', ')}`);
  if (reader.take(/^when\b/) === null)
    return complain(reader.here(), 'expected_when', 'expected: when, then a condition');
  const conditionAt = reader.here();
  const condition = reader.rest();
  if (condition === '') return complain(conditionAt, 'expected_condition', 'expected a condition');
  const plain = { name: name.text.slice(1, -1), source: body.trim(), at: verb.at };
  into.rules.push({ ...plain, action, score: score ?? 0, onMissing, condition, conditionAt });
}

function isName(quoted: string): boolean {
  const length = [...quoted].length - 2;
  return quoted.endsWith('"') && length >= 1 && length <= maxNameLength && !/\p{Cc}/u.test(quoted);
}

/** null: none was given; false: it is not a whole number in range, which has been complained of. */
function readScore(
  reader: Reader,
  complain: (at: number, code: string, message: string) => void,
): number | null | false {
  if (reader.take(/^score\b/) === null) return null;
  const at = reader.here();
  const digits = reader.take(/^\d+\b/);
  if (digits !== null && Number(digits.text) <= maxScore) return Number(digits.text);
  complain(at, 'invalid_score', `expected a whole number from 0 to ${maxScore}`);
  return false;
}

/** null: the word after `on_missing` is not known. */
function readOnMissing(reader: Reader): MissingPolicy | null {
  if (reader.take(/^on_missing\b/) === null) return 'skip';
  const word = reader.take(/^(?:skip|review|block)\b/);
  return missingPolicies.find((known) => known === word?.text) ?? null;
}
