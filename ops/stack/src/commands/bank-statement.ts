import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SetupFault } from '../setup-fault.ts';
import { findEdgeUrl } from './addresses.ts';
import { openOperatorSession, type OperatorSession } from './operator-session.ts';
import type { Command } from './table.ts';

const usage = `usage: WALLET_PASSWORD=… npm run wallet -- bank-statement FILE --as E-MAIL
       imports what a bank says, camt.053 or CSV, as that operator; a line for each of its lines`;

type Import = { id: string; status: string; bank_statement_id: string };
type Line = {
  outcome: string;
  direction: string;
  amount_minor: number;
  currency: string;
  bank_reference: string;
  reference: string | null;
  settlement_id: string | null;
  unplaced_minor: number;
};

const looks = 60;
const lookMs = 1_000;

/**
 * Imports a statement through the API and says what each new line meant. A finding: a line that a
 * person must look at. The same file again is the same import: its lines are told once more.
 */
export const bankStatementCommand: Command = async (args, { environment, print }) => {
  const asked = readArguments(args);
  const password = environment['WALLET_PASSWORD'];
  if (asked === null || password === undefined) {
    print(usage);
    return 2;
  }
  const { file, email } = asked;
  const content = await readFile(file, 'utf8');
  const session = await openOperatorSession(findEdgeUrl(environment), { email, password });
  const format = content.trimStart().startsWith('<') ? 'camt.053' : 'csv';
  const key = createHash('sha256').update(content).digest('hex');
  const first = await session.post<Import>('/bank-statements', { format, content }, key);
  const id = await imported(session, first);
  let [lines, odd] = [0, 0];
  for await (const line of linesOf(session, id)) {
    lines += 1;
    if (line.outcome !== 'matched') odd += 1;
    print(wordsOf(line));
  }
  print(`statement ${id}: ${lines} lines are new, ${odd} of them for a person to look at`);
  return odd === 0 ? 0 : 1;
};

function readArguments(args: readonly string[]): { file: string; email: string } | null {
  try {
    const { values, positionals } = parseArgs({
      ...{ args: [...args], allowPositionals: true, options: { as: { type: 'string' } } },
    });
    const [file, ...rest] = positionals;
    const email = values.as;
    if (file === undefined || typeof email !== 'string' || rest.length > 0) return null;
    return { file, email };
  } catch {
    return null; // an unknown option: the usage says what there is
  }
}

/** The statement's id, once it is imported. */
async function imported(session: OperatorSession, first: Import): Promise<string> {
  let action = first;
  for (let look = 0; action.status === 'pending' && look < looks; look += 1) {
    await sleep(lookMs);
    action = await session.get<Import>(`/actions/${action.id}`);
  }
  if (action.status === 'succeeded') return action.bank_statement_id;
  throw new SetupFault(
    `The import is ${action.status}.`,
    'Do the processors of commands run? The same command again goes on with it.',
  );
}

async function* linesOf(session: OperatorSession, id: string): AsyncGenerator<Line> {
  let after: string | null = '';
  while (after !== null) {
    const path: string = `/bank-statements/${id}/lines?limit=100${after}`;
    const { data, next_cursor: cursor } = await session.get<{
      data: Line[];
      next_cursor: string | null;
    }>(path);
    yield* data;
    after = cursor === null ? null : `&cursor=${encodeURIComponent(cursor)}`;
  }
}

function wordsOf(line: Line): string {
  const { outcome, direction, amount_minor: amount, currency, unplaced_minor: unplaced } = line;
  const about = line.settlement_id ?? line.reference ?? 'no reference';
  return (
    `${outcome.padEnd(15)}${direction} ${amount} ${currency}  ${line.bank_reference}  ${about}` +
    (unplaced === 0 ? '' : `, ${unplaced} in suspense`)
  );
}
