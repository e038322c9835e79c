import { readFile } from 'node:fs/promises';
import {
  createDatabase,
  loadRuleSet,
  publishRuleSet,
  readEvidence,
  rollBackRuleSet,
  type Database,
  type RuleSetResult,
} from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command, CommandContext } from './table.ts';

const usage = `usage: npm run wallet -- rules lint FILE…
       npm run wallet -- rules publish RULESET-ID [REASON]
       npm run wallet -- rules rollback [REASON]`;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Print = CommandContext['print'];

/**
 * Whoever has the database may publish what two people have agreed on, and go back; no more. The
 * evidence gate is the door's: here a person answers for it.
 */
const operator = { id: null, role: 'operator', requestId: null } as const;

/** Checks files of rules, publishes an approved set, or goes back to the one before. */
export const rulesCommand: Command = async ([action, ...args], { environment, print }) => {
  const reason = args.slice(action === 'publish' ? 1 : 0).join(' ');
  const [first] = args;
  if (action === 'lint' && first !== undefined) return lint(args, print);
  if (action === 'publish' && first !== undefined && uuid.test(first))
    return withDatabase(environment, async (db) => {
      const how = { percent: 100, gate: null, evidenceOf: readEvidence, actor: operator };
      return tell(await publishRuleSet(db, first, { ...how, reason: reason || undefined }), print);
    });
  if (action === 'rollback')
    return withDatabase(environment, async (db) =>
      tell(await rollBackRuleSet(db, { actor: operator, reason: reason || undefined }), print),
    );
  print(usage);
  return 2;
};

async function lint(files: readonly string[], print: Print): Promise<number> {
  let problems = 0;
  for (const file of files) {
    const loaded = loadRuleSet(await readFile(file, 'utf8'));
    if (loaded.ok) {
      const { hash, rules } = loaded.ruleSet;
      print(`${file}: ${rules.length} rules, ${hash}`);
      continue;
    }
    problems += loaded.problems.length;
    for (const { line, column, message } of loaded.problems)
      print(`${file}:${line}:${column}: ${message}`);
  }
  return problems === 0 ? 0 : 1;
}

async function withDatabase(
  environment: NodeJS.ProcessEnv,
  work: (db: Database) => Promise<number>,
): Promise<number> {
  const url = findDatabaseUrl(environment);
  const db = createDatabase({ url, applicationName: 'wallet-rules', poolSize: 1 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

function tell(result: RuleSetResult, print: Print): number {
  if (result.ok) {
    const { name, id, hash } = result.ruleSet;
    print(`"${name}" is live: ${id}, ${hash}`);
    return 0;
  }
  print(`refused: ${result.reason}`);
  for (const { line, column, message } of result.problems ?? [])
    print(`  line ${line}, column ${column}: ${message}`);
  return 1;
}
