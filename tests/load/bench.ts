import { parseArgs } from 'node:util';
import { describeFault } from '@wallet/stack';
import { endToEnd } from './end-to-end.ts';
import { ledgerBench } from './ledger-bench.ts';
import { ledgerHistory } from './ledger-history.ts';
import { loginFlood } from './login-flood.ts';
import { screening } from './screening.ts';

const usage = `npm run bench -- <name> [--rounds 3] [--seconds 60]
                      [--steady 1500] [--sustained 3000] [--backlog 30000]
                      [--split 'fraud;settlement,outbox,notifications']
  end-to-end   latency, throughput and CPU for each payment on one machine, beside pgbench
  ledger       speed, latency, CPU and bytes of its paths beside pgbench; [--rounds 5] [--seconds 3]
               --history: the speed at ten million entries; --assert: exit 1 when a target is missed
  login-flood  payments alone and beside 50 logins a second; [--seconds 15] [--steady 200]
  screening    CPU of fraud and Redis for each payment, on the servers of the environment`;

/** Each benchmark answers whether its targets were met. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      history: { type: 'boolean', default: false },
      assert: { type: 'boolean', default: false },
      steady: { type: 'string' },
      sustained: { type: 'string', default: '3000' },
      backlog: { type: 'string', default: '30000' },
      split: { type: 'string', default: 'fraud;settlement,outbox,notifications' },
    },
  });
  if (positionals[0] === 'screening') return (await screening(100)) ? 0 : 1;
  if (positionals[0] === 'login-flood') {
    const { seconds = '15', steady = '200' } = values;
    return (await loginFlood({ seconds: Number(seconds), rate: Number(steady) })) ? 0 : 1;
  }
  if (positionals[0] === 'ledger') {
    const { rounds = '5', seconds = '3', history } = values;
    const bench = history ? ledgerHistory : ledgerBench;
    const met = await bench({ rounds: Number(rounds), seconds: Number(seconds) });
    return met || !values.assert ? 0 : 1;
  }
  if (positionals[0] !== 'end-to-end') {
    console.log(usage);
    return 2;
  }
  const met = await endToEnd({
    rounds: Number(values.rounds ?? '3'),
    seconds: Number(values.seconds ?? '60'),
    steadyRate: Number(values.steady ?? '1500'),
    sustainedRate: Number(values.sustained),
    backlog: Number(values.backlog),
    split: values.split.split(';'),
  });
  return met ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(describeFault(error));
    process.exit(1);
  },
);
