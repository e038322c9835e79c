// `npm run faults -- alerts`: harms the running product in one way after the other and takes down
// which alert told of it, and when. Writes ops/runbooks/faults.md.
import { parseArgs } from 'node:util';
import { keepSeen, shortcomings } from './record.ts';
import { runFault } from './run-fault.ts';
import { faults } from './table.ts';
import { openWorld } from './world.ts';

const usage = `npm run faults -- alerts [--only NAME[,NAME…]] [--rate 5] [--seed 1]
  ${faults.map(({ name }) => name).join(', ')}`;

/** A server that a fault has left in pieces must not keep the run for ever. */
const closeWithinMs = 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      rate: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  const names = values.only?.split(',');
  const chosen = (names ?? faults.map(({ name }) => name)).flatMap(
    (wanted) => faults.find(({ name }) => name === wanted) ?? [],
  );
  const isUnknown = names !== undefined && chosen.length < names.length;
  if (positionals[0] !== 'alerts' || isUnknown) {
    say(usage);
    return 2;
  }
  const world = await openWorld({
    ...{ rate: Number(values.rate), seed: Number(values.seed), ownServers: true, say },
  });
  let bad = 0;
  try {
    for (const fault of chosen) {
      say(`… ${fault.does}`);
      const seen = await runFault(fault, world);
      keepSeen(seen, faults);
      const found = shortcomings(seen, fault);
      bad += found.length > 0 ? 1 : 0;
      const { firedSeconds, toldSeconds, resolvedSeconds, pages, hushed, tickets } = seen;
      const times = `fires ${firedSeconds} s, told ${toldSeconds} s, over ${resolvedSeconds} s`;
      say(`${found.length === 0 ? '✓' : '✗'} ${fault.name}: ${fault.alert} ${times}`);
      say(`    besides ${pages.join()} · tickets ${tickets.join()} · hushed ${hushed.join()}`);
      for (const one of found) say(`    ${one}`);
    }
  } catch (error) {
    say(String((error as Error).stack));
    bad += 1;
  } finally {
    const gone = setTimeout(() => process.exit(1), closeWithinMs);
    await world.close();
    clearTimeout(gone);
  }
  say(`${chosen.length - bad} of ${chosen.length} faults were told as they should be`);
  return bad === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(String((error as Error).stack));
    process.exit(1);
  },
);
