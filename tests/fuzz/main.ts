// `npm run fuzz`: schemathesis against a running edge. Exit 0 when nothing is found, 1 when
// something is, 2 when it cannot begin.
import { parseArgs } from 'node:util';
import { fuzz, installSchemathesis } from './schemathesis.ts';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: `http://127.0.0.1:${process.env['PORT'] ?? '8080'}` },
    email: { type: 'string', default: 'customer9@wallet.test' },
    password: { type: 'string', default: 'sandbox-Password-1' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    examples: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '30' },
  },
});

const installed = await installSchemathesis();
if ('unavailable' in installed) {
  process.stderr.write(`schemathesis is not here; ${installed.unavailable}\n`);
  process.exit(2);
}
process.stdout.write(`seed ${values.seed}, ${values.examples} examples, ${values.url}\n`);
const { code, output } = await fuzz({
  ...{ program: installed.program, url: values.url, email: values.email },
  ...{ password: values.password, seed: Number(values.seed), examples: Number(values.examples) },
  timeoutMs: Number(values.minutes) * 60_000,
});
process.stdout.write(output);
process.exitCode = code === 0 ? 0 : 1;
