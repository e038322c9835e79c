import { parseArgs } from 'node:util';
import { describeFault } from '@wallet/stack';
import { detection } from '../detection/detection-bench.ts';
import { backtestBench } from './fraud/backtest-bench.ts';
import { commandsBench } from './pipeline/commands-bench.ts';
import { edgeBench } from './edge/bench.ts';
import { edgePressure } from './edge/pressure.ts';
import { endToEnd } from './pipeline/end-to-end.ts';
import { fraudBench } from './fraud/bench.ts';
import { ledgerBench } from './ledger/bench.ts';
import { ledgerHistory } from './ledger/history.ts';
import { loginFlood } from './edge/login-flood.ts';
import { observabilityBench } from './pipeline/observability-bench.ts';
import { onOwnServers } from './fraud/own-servers.ts';
import { screening } from './fraud/screening.ts';
import { webhooksBench } from './pipeline/webhooks-bench.ts';

const usage = `npm run bench -- <name> [--rounds 3] [--seconds 60]
                      [--steady 1500] [--sustained 3000] [--backlog 30000]
                      [--split 'fraud;settlement,commands,outbox,outcomes,notifications,timers']
  end-to-end   latency, throughput and CPU for each payment on one machine, beside pgbench
  commands     captures and refunds a second, from POST accepted to event published;
               [--steady 1200] [--seconds 8] [--backlog 6000]
  edge         CPU of the edge for each accepted payment, and how many one core accepts;
               [--rounds 3] [--steady 1500] [--requests 52500]
               --pressure: three times [--sustained 3000] for [--seconds 60], then SIGTERM
  fraud        decisions a second by fifty rules through Kafka and Redis, what they add at 500/s,
               what the engine costs; [--backlog 30000] [--seconds 20]
  ledger       speed, latency, CPU and bytes of its paths beside pgbench; [--rounds 5] [--seconds 3]
               --history: the speed at ten million entries; --assert: exit 1 when a target is missed
  backtest     past intents a second through two rule sets, from Kafka; [--intents 300000]
  detection    how well the shipped rules find simulated fraud, beside published figures
  observability  what metrics and traces cost the pipeline, beside one that has neither
  login-flood  payments alone and beside 50 logins a second; [--seconds 15] [--steady 200]
  webhooks     inboxes, e-mails and twelve machines, well and not, told of events;
               [--events 10000] [--steady 200]
  screening    CPU of fraud and Redis for each payment`;

/** Each benchmark answers whether its targets were met. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      intents: { type: 'string', default: '300000' },
      events: { type: 'string', default: '10000' },
      seconds: { type: 'string' },
      history: { type: 'boolean', default: false },
      assert: { type: 'boolean', default: false },
      pressure: { type: 'boolean', default: false },
      steady: { type: 'string' },
      requests: { type: 'string', default: '52500' },
      sustained: { type: 'string', default: '3000' },
      backlog: { type: 'string' },
      split: {
        type: 'string',
        default: 'fraud;settlement,commands,outbox,outcomes,notifications,timers',
      },
    },
  });
  if (positionals[0] === 'screening') return (await onOwnServers(() => screening(100))) ? 0 : 1;
  if (positionals[0] === 'commands') {
    const { steady = '1200', seconds = '8', backlog = '6000', split } = values;
    const load = { rate: Number(steady), seconds: Number(seconds), backlog: Number(backlog) };
    return (await commandsBench({ ...load, split: split.split(';') })) ? 0 : 1;
  }
  if (positionals[0] === 'fraud') {
    const { backlog = '30000', seconds = '20' } = values;
    const load = { backlog: Number(backlog), seconds: Number(seconds) };
    return (await onOwnServers(() => fraudBench(load))) ? 0 : 1;
  }
  if (positionals[0] === 'webhooks') {
    const { events, steady = '200' } = values;
    return (await webhooksBench({ events: Number(events), rate: Number(steady) })) ? 0 : 1;
  }
  if (positionals[0] === 'backtest') {
    return (await onOwnServers(() => backtestBench(Number(values.intents)))) ? 0 : 1;
  }
  if (positionals[0] === 'detection') return (await detection()) ? 0 : 1;
  if (positionals[0] === 'login-flood') {
    const { seconds = '15', steady = '200' } = values;
    return (await loginFlood({ seconds: Number(seconds), rate: Number(steady) })) ? 0 : 1;
  }
  if (positionals[0] === 'observability') {
    const { rounds = '3', backlog } = values;
    return (await observabilityBench({ rounds: Number(rounds), backlog: Number(backlog) })) ? 0 : 1;
  }
  if (positionals[0] === 'edge') {
    const { rounds = '3', steady = '1500', seconds = '60', requests } = values;
    if (values.pressure) {
      const sustainedRate = Number(values.sustained);
      return (await edgePressure({ seconds: Number(seconds), sustainedRate })) ? 0 : 1;
    }
    const figures = { rounds: Number(rounds), steadyRate: Number(steady) };
    return (await edgeBench({ ...figures, requests: Number(requests) })) ? 0 : 1;
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
    backlog: Number(values.backlog ?? '30000'),
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
