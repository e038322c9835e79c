import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  cancelBacktest,
  claimBacktest,
  createClaimedBacktest,
  createDatabase,
  findBacktest,
  listDifferences,
  loadRuleSet,
  readDefaultRules,
  readPublished,
  type BacktestSet,
  type ClaimedBacktest,
  type Database,
  type Rollout,
} from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createWire } from '@wallet/schemas';
import { runBacktest, type RunEnd } from '@wallet/streams';
import { createProgressBar } from '../backtests/progress-bar.ts';
import { showReport } from '../backtests/show-report.ts';
import { SetupFault } from '../setup-fault.ts';
import { findDatabaseUrl, findWireAddress } from './addresses.ts';
import { readTime } from './read-time.ts';
import type { Command, CommandContext } from './table.ts';

const usage = `usage: npm run wallet -- backtest --rules FILE --from TIME --to TIME
         [--against FILE] [--maturity-days 7] [--show 10]
       npm run wallet -- backtest --resume ID
       what the rules of FILE would have done to past payments, beside the set in force; TIME is ISO
       8601 (2026-11-01T00:00:00Z) or an age (30d, 12h)`;

const leaseMs = 30_000;
const checkpointMs = 1_000;
const longestStatementMs = 300_000;
const defaultMaturityDays = 7;
const defaultShown = 10;

type Asked =
  | { readonly resume: string }
  | {
      readonly rules: string;
      readonly against: string | undefined;
      readonly from: Date;
      readonly to: Date;
      readonly maturityDays: number;
    };

/** Runs a backtest here, with its progress; Ctrl-C cancels it. Nothing live is touched. */
export const backtestCommand: Command = async (args, context) => {
  const asked = readArguments(args);
  if (asked === null) {
    context.print(usage);
    return 2;
  }
  const { environment, print } = context;
  const log = createLog({ role: 'backtest', level: 'warn' });
  const metrics = createMetrics({ role: 'streams:backtests' });
  const database = createDatabase({
    url: findDatabaseUrl(environment),
    ...{ applicationName: 'wallet-backtest', poolSize: 2, longestStatementMs },
  });
  const address = findWireAddress(environment);
  const wire = await createWire({ ...address, clientId: 'wallet-backtest', log, metrics });
  try {
    const worker = randomUUID();
    const claimed = await take(database, asked, worker);
    const { id } = claimed.backtest;
    print(`backtest ${id}`);
    const onProgress = createProgressBar(print);
    const cancel = (): void => void cancelBacktest(database, id);
    process.once('SIGINT', cancel);
    const end = await runBacktest(
      {
        ...{ wire, database, id: worker, leaseMs, checkpointMs, onProgress },
        signal: { aborted: false },
      },
      claimed,
    );
    process.off('SIGINT', cancel);
    return await tell(database, id, end, asked.show, print);
  } finally {
    await wire.close();
    await database.close();
  }
};

function readArguments(args: readonly string[]): (Asked & { show: number }) | null {
  const text = { type: 'string' } as const;
  const options = {
    ...{ rules: text, against: text, from: text, to: text, resume: text },
    ...{ 'maturity-days': text, show: text },
  };
  const { values, positionals } = parseArgs({
    ...{ args: [...args], options, strict: false, allowPositionals: true },
  });
  const given = (name: keyof typeof options): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const unknown = Object.keys(values).some((name) => !(name in options));
  const show = Number(given('show') ?? defaultShown);
  const maturityDays = Number(given('maturity-days') ?? defaultMaturityDays);
  const whole = [show, maturityDays].every((number) => Number.isInteger(number) && number >= 0);
  if (unknown || positionals.length > 0 || !whole) return null;
  const resume = given('resume');
  if (resume !== undefined) return { resume, show };
  const [rules, from, to] = [given('rules'), given('from'), given('to')];
  if (rules === undefined || from === undefined || to === undefined) return null;
  const [fromMs, toMs] = [readTime(from, Date.now()), readTime(to, Date.now())];
  if (!(fromMs < toMs)) return null;
  const range = { from: new Date(fromMs), to: new Date(toMs) };
  return { rules, against: given('against'), ...range, maturityDays, show };
}

async function take(database: Database, asked: Asked, worker: string): Promise<ClaimedBacktest> {
  if ('resume' in asked) {
    const claim = { worker, leaseMs, only: asked.resume };
    const claimed = await claimBacktest(database.knex, claim);
    if (claimed !== null) return claimed;
    throw new SetupFault(
      `No backtest ${asked.resume} waits.`,
      'It has ended, or somebody runs it.',
    );
  }
  const { rules, against, from, to, maturityDays } = asked;
  const candidate = setOf(await readFile(rules, 'utf8'), rules);
  const compared =
    against === undefined
      ? await setInForce(database)
      : { champion: setOf(await readFile(against, 'utf8'), against) };
  const request = { candidate, ...compared, from, to, maturityDays, requestedBy: null };
  return createClaimedBacktest(database, request, { worker, leaseMs });
}

async function setInForce(
  database: Database,
): Promise<{ champion: BacktestSet; rollout?: Rollout | null }> {
  const { live, rest, percent } = await readPublished(database.knex);
  if (live === null) return { champion: setOf(await readDefaultRules(), 'the shipped rules') };
  return {
    champion: setOf(live.rules, 'the set in force', live.id),
    rollout: rest && { percent, rest: setOf(rest.rules, 'the rest of the rollout', rest.id) },
  };
}

function setOf(rules: string, name: string, id: string | null = null): BacktestSet {
  const loaded = loadRuleSet(rules);
  if (loaded.ok) return { id, hash: loaded.ruleSet.hash, rules };
  const lines = loaded.problems.map(
    ({ line, column, message }) => `line ${line}, column ${column}: ${message}`,
  );
  throw new SetupFault(`${name} cannot be used.`, lines.join('\n'));
}

async function tell(
  database: Database,
  id: string,
  end: RunEnd,
  show: number,
  print: CommandContext['print'],
): Promise<number> {
  const backtest = await findBacktest(database.knex, id);
  const report = backtest?.report;
  if (end !== 'succeeded' || !backtest || !report) {
    print(end === 'canceled' ? 'canceled' : `it has ended here: ${end}`);
    return 1;
  }
  showReport(backtest, report).forEach(print);
  for (const difference of await listDifferences(database.knex, id, { position: 0, limit: show })) {
    const { paymentId, acceptedAt, amountMinor, currency, champion, candidate } = difference;
    print(
      `  ${paymentId} ${acceptedAt.toISOString()} ${currency} ${amountMinor} ` +
        `${champion.outcome} → ${candidate.outcome} (${difference.label})`,
    );
  }
  return 0;
}
