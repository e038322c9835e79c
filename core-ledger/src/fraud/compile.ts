import type { ASTNode } from '@marcbachmann/cel-js';
import { attributes } from './attributes.ts';
import { nearest } from './nearest.ts';
import * as terms from './terms.ts';
import type { Arithmetic, Ordering, Term, Test } from './terms.ts';

/** What an expression reads, gathered while it is checked. */
export type Reads = { attributes: Set<string>; lists: Set<string> };
/** `at` is an offset into the condition's text. */
export type ConditionProblem = { code: string; message: string; at: number };

/** Unwinds the walk over the tree; the caller of `compile` makes a refusal of it. */
export class Refused extends Error {
  readonly problem: ConditionProblem;
  constructor(at: number, code: string, message: string) {
    super(message);
    this.problem = { at, code, message };
  }
}

function refuse(node: ASTNode, code: string, message: string): Refused {
  return new Refused(node.range.start, code, message);
}

/**
 * Checks a tree against the catalogue and turns it into closures. Throws `Refused` at the first
 * thing that is not declared, not of the right type or not part of the language.
 */
export function compile(node: ASTNode, reads: Reads): Term {
  switch (node.op) {
    case 'value':
      return literal(node);
    case 'id':
    case '.':
      return attribute(node, reads);
    case '&&':
      return { type: 'bool', run: terms.connectives.and(...tests(node.args, reads)) };
    case '||':
      return { type: 'bool', run: terms.connectives.or(...tests(node.args, reads)) };
    case '!_':
      return { type: 'bool', run: terms.connectives.not(boolean(node.args, reads)) };
    case '-_': {
      const inner = integer(node.args, reads);
      return { type: 'int', run: (facts) => -inner(facts) };
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return { type: 'bool', run: comparison(node, node.op, node.args, reads) };
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return { type: 'int', run: sum(node.op, node.args, reads) };
    case 'in':
      return { type: 'bool', run: membership(node.args, reads) };
    case 'call':
      return { type: 'bool', run: has(node, node.args, reads) };
    case 'rcall':
      return { type: 'bool', run: textMethod(node, node.args, reads) };
    default:
      throw refuse(node, 'not_supported', `${node.op} is not part of the rule language`);
  }
}

function literal(node: ASTNode): Term {
  const value = node.args;
  if (typeof value === 'boolean') {
    const truth = value ? terms.yes : terms.no;
    return { type: 'bool', run: () => truth };
  }
  if (typeof value === 'string') return { type: 'string', run: () => value };
  if (typeof value !== 'bigint')
    throw refuse(node, 'not_supported', 'numbers are whole (amounts are minor units)');
  const exact = Number(value);
  if (!Number.isSafeInteger(exact))
    throw refuse(node, 'number_out_of_range', 'the number is too large');
  return { type: 'int', run: () => exact };
}

function dottedName(node: ASTNode): string {
  if (node.op === 'id') return node.args;
  if (node.op === '.') return `${dottedName(node.args[0])}.${node.args[1]}`;
  throw refuse(node, 'not_supported', 'only declared attributes may be read');
}

function attribute(node: ASTNode, reads: Reads): Term {
  const name = dottedName(node);
  const known = attributes.get(name);
  if (known !== undefined) {
    reads.attributes.add(name);
    return terms.attributeTerm(name, known);
  }
  if (name.startsWith('lists.'))
    throw refuse(node, 'list_outside_in', 'a list stands to the right of in: payer.id in lists.x');
  // The first part is right when something begins with it: then the column is that of the last.
  const prefix = name.slice(0, name.lastIndexOf('.') + 1);
  const partly = prefix !== '' && [...attributes.keys()].some((key) => key.startsWith(prefix));
  const at = partly ? node.range.end - (name.length - prefix.length) : node.range.start;
  const message = `unknown attribute ${name}${nearest(name, attributes.keys())}`;
  throw new Refused(at, 'unknown_attribute', message);
}

function boolean(node: ASTNode, reads: Reads): Test {
  const term = compile(node, reads);
  if (term.type === 'bool') return term.run;
  throw refuse(node, 'type_mismatch', `expected true or false, this is ${term.type}`);
}

function tests(sides: [ASTNode, ASTNode], reads: Reads): [Test, Test] {
  return [boolean(sides[0], reads), boolean(sides[1], reads)];
}

function integer(node: ASTNode, reads: Reads): terms.Integer {
  const term = compile(node, reads);
  if (term.type === 'int') return term.run;
  throw refuse(node, 'type_mismatch', `expected a number, this is ${term.type}`);
}

function text(node: ASTNode, reads: Reads): terms.Text {
  const term = compile(node, reads);
  if (term.type === 'string') return term.run;
  throw refuse(node, 'type_mismatch', `expected a text, this is ${term.type}`);
}

function sum(operator: Arithmetic, sides: [ASTNode, ASTNode], reads: Reads): terms.Integer {
  return terms.arithmetic(operator, integer(sides[0], reads), integer(sides[1], reads));
}

function comparison(
  node: ASTNode,
  ordering: Ordering,
  [leftNode, rightNode]: [ASTNode, ASTNode],
  reads: Reads,
): Test {
  const left = compile(leftNode, reads);
  const right = compile(rightNode, reads);
  if (left.type === 'int' && right.type === 'int')
    return terms.integerComparison(ordering, left.run, right.run);
  if (left.type !== right.type)
    throw refuse(rightNode, 'type_mismatch', `cannot compare ${left.type} with ${right.type}`);
  if (ordering !== '==' && ordering !== '!=')
    throw refuse(node, 'type_mismatch', `${ordering} compares numbers, not ${left.type}`);
  const equal = ordering === '==';
  if (left.type === 'string' && right.type === 'string')
    return terms.textTest(left.run, right.run, (a, b) => (a === b) === equal);
  if (left.type === 'bool' && right.type === 'bool')
    return terms.truthEquality(left.run, right.run, equal);
  throw refuse(node, 'type_mismatch', `cannot compare ${left.type}`);
}

function membership([valueNode, listNode]: [ASTNode, ASTNode], reads: Reads): Test {
  if (listNode.op === 'list') return literalMembership(valueNode, listNode.args, reads);
  const name = dottedName(listNode);
  if (!/^lists\.[a-z][a-z0-9_]{0,63}$/.test(name))
    throw refuse(listNode, 'not_a_list', 'expected lists.name (small letters, digits, _) or [ … ]');
  const list = name.slice('lists.'.length);
  reads.lists.add(list);
  return terms.listMembership(text(valueNode, reads), list);
}

function literalMembership(valueNode: ASTNode, elements: ASTNode[], reads: Reads): Test {
  const value = compile(valueNode, reads);
  if (value.type === 'bool')
    throw refuse(valueNode, 'type_mismatch', 'expected a number or a text');
  const wanted = value.type === 'int' ? 'bigint' : 'string';
  const constants = elements.map((element) => {
    if (element.op !== 'value' || typeof element.args !== wanted)
      throw refuse(
        element,
        'type_mismatch',
        `every element of this list is one plain ${value.type}`,
      );
    return typeof element.args === 'bigint' ? Number(element.args) : element.args;
  });
  const set = new Set<unknown>(constants);
  if (value.type === 'string')
    return terms.textTest(
      value.run,
      () => '',
      (candidate) => set.has(candidate),
    );
  return terms.integerComparison('==', memberOf(value.run, set), () => 1);
}

/** 1 or 0, or NaN when the number is missing. */
function memberOf(value: terms.Integer, set: Set<unknown>): terms.Integer {
  return (facts) => {
    const candidate = value(facts);
    if (Number.isNaN(candidate)) return NaN;
    return set.has(candidate) ? 1 : 0;
  };
}

function has(node: ASTNode, [name, operands]: [string, ASTNode[]], reads: Reads): Test {
  const [operand] = operands;
  if (name !== 'has' || operand === undefined || operands.length !== 1)
    throw refuse(node, 'not_supported', `${name}() is not part of the rule language`);
  return terms.presence(attribute(operand, reads));
}

const textMethods: Record<string, (a: string, b: string) => boolean> = {
  startsWith: (a, b) => a.startsWith(b),
  endsWith: (a, b) => a.endsWith(b),
  contains: (a, b) => a.includes(b),
};

function textMethod(
  node: ASTNode,
  [name, receiver, operands]: [string, ASTNode, ASTNode[]],
  reads: Reads,
): Test {
  const holds = Object.hasOwn(textMethods, name) ? textMethods[name] : undefined;
  const [operand] = operands;
  if (holds === undefined || operand === undefined || operands.length !== 1)
    throw refuse(node, 'not_supported', `${name}() is not part of the rule language`);
  return terms.textTest(text(receiver, reads), text(operand, reads), holds);
}
