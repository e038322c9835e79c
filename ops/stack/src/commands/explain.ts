import {
  createDatabase,
  explainDecision,
  findDecidingRules,
  findScored,
  loadListHistory,
  type Database,
  type Explanation,
} from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createWire, topics, type PaymentScored, type Wire } from '@wallet/schemas';
import { explainSample } from '@wallet/streams';
import { findDatabaseUrl, findWireAddress } from './addresses.ts';
import type { Command, CommandContext } from './table.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const usage = `usage: npm run wallet -- explain PAYMENT-ID
       npm run wallet -- explain --sample 10000
       why a payment was decided so; or so many decisions of any age, each made again`;
/** All of them are in memory at once, some kilobytes each. */
const largestSample = 100_000;

type Bench = { database: Database; wire: Wire; print: CommandContext['print'] };

/**
 * Says why a payment was decided as it was, and makes the decision again from what was recorded;
 * or does the latter with a sample of all decisions. 0: what was recorded comes out, to the bit;
 * 1: it does not, or cannot be made again.
 */
export const explainCommand: Command = async ([first = '', second, ...more], context) => {
  const draws = first === '--sample' ? Number(second) : 0;
  const asksSample = Number.isInteger(draws) && draws >= 1 && draws <= largestSample;
  const asksOne = uuid.test(first) && second === undefined;
  if (more.length > 0 || !(asksSample || asksOne)) {
    context.print(usage);
    return 2;
  }
  return withBench(context, (bench) =>
    asksOne ? explainOne(bench, first.toLowerCase()) : explainMany(bench, draws),
  );
};

async function withBench(
  { environment, print }: CommandContext,
  work: (bench: Bench) => Promise<number>,
): Promise<number> {
  const url = findDatabaseUrl(environment);
  const database = createDatabase({ url, applicationName: 'wallet-explain', poolSize: 1 });
  try {
    const wire = await createWire({
      ...{ ...findWireAddress(environment), clientId: 'wallet-explain' },
      log: createLog({ role: 'explain', level: 'warn' }),
      metrics: createMetrics({ role: 'explain' }),
    });
    try {
      return await work({ database, wire, print });
    } finally {
      await wire.close();
    }
  } finally {
    await database.close();
  }
}

async function explainOne({ database, wire, print }: Bench, id: string): Promise<number> {
  const scored = await readScored(database, wire, id);
  if (scored === null) {
    print(`no decision of payment ${id} is recorded`);
    return 1;
  }
  const ruleSet = await findDecidingRules(database.knex, scored.decision.ruleset_hash);
  const lists = await loadListHistory(database.knex);
  show(scored, print);
  return showAgain(explainDecision(scored.intent, scored.decision, { ruleSet, lists }), print);
}

async function explainMany({ database, wire, print }: Bench, draws: number): Promise<number> {
  const onMismatch = (paymentId: string, differences: readonly string[]): void =>
    [`✗ ${paymentId}`, ...differences.map((difference) => `  ${difference}`)].forEach(print);
  const { codec } = wire;
  const found = await explainSample({ database, codec, draws, onMismatch });
  const { match, mismatch, not_comparable: notComparable } = found;
  const isClean = mismatch + notComparable === 0;
  print(
    `${isClean ? '✓' : '✗'} ${match + mismatch + notComparable} decisions made again: ` +
      `${match} the same, ${mismatch} otherwise, ${notComparable} cannot be made again`,
  );
  return isClean ? 0 : 1;
}

async function readScored(
  database: Database,
  { codec }: Wire,
  id: string,
): Promise<PaymentScored | null> {
  const bytes = await findScored(database.knex, id);
  if (bytes === null) return null;
  await codec.load([{ value: bytes }]);
  const read = codec.decode(topics.paymentScored, bytes);
  if (read.ok) return read.value;
  throw new Error(`the record of the decision cannot be read: ${read.detail}`);
}

function show({ intent, decision }: PaymentScored, print: CommandContext['print']): void {
  print(`payment   ${intent.intent_id}: ${intent.amount_minor} minor units of ${intent.currency}`);
  print(`outcome   ${decision.outcome}, score ${decision.score}`);
  print(`decided   ${new Date(decision.decided_at).toISOString()}`);
  print(`rules     ${decision.ruleset_hash}`);
  print(`lists     version ${decision.lists_version}`);
  if (decision.degraded) print('degraded  the counters did not answer in time');
  for (const { rule, action, result, missing } of decision.findings)
    print(`  ${result.padEnd(13)} ${action} "${rule}"${missing === null ? '' : `: no ${missing}`}`);
  if (decision.findings.length === 0) print('  no rule matched');
}

function showAgain(explained: Explanation, print: CommandContext['print']): number {
  switch (explained.result) {
    case 'match':
      print('✓ made again from what was recorded it comes out the same');
      return 0;
    case 'mismatch':
      print('✗ made again from what was recorded it comes out otherwise:');
      for (const difference of explained.differences) print(`  ${difference}`);
      return 1;
    case 'not_comparable':
      print(`✗ it cannot be made again: ${explained.why}`);
      return 1;
  }
}
