// `npm start`: servers, schema, topics, sandbox, processes; then keeps them running.
import { ConfigError } from '@wallet/runtime';
import { deployDatabase, deployTopics, seedSandbox } from './deploy.ts';
import { createPhases, type Phases } from './phases.ts';
import { roles } from './roles.ts';
import { createEnvironments, openSecrets } from './secrets.ts';
import { reportFault } from './report-fault.ts';
import { SetupFault } from './setup-fault.ts';
import { createStack, type Stack } from './stack.ts';
import { writeStackFile } from './stack-file.ts';
import { readStartOptions, usage, type StartOptions } from './start-options.ts';
import { createStopSignals, endOnSignals, type StopSignals } from './stop-signals.ts';
import { planTour, sandboxPassword, welcome } from './welcome.ts';

const FIRST_EDGE_PORT = 8080;
const FIRST_IDENTITY_PORT = 8082;
/** Where e-mails are seen that would have been sent, unless a mail server is named. */
const FIRST_MAIL_PORT = 8025;
/** Machines of others that run on this one: a sandbox's webhooks may call them. */
const sandboxTargets = '127.0.0.1:20000-29999';

/** The public port: exactly the one asked for, else 8080 or the next free one. */
const takeEdgePort = async (
  stack: Stack,
  asked: number | null,
  phases: Phases,
): Promise<number> => {
  if (asked !== null) {
    if (await stack.claimPort('edge', asked)) return asked;
    throw new SetupFault(
      `Port ${asked} is taken by another program.`,
      'Stop that program, or choose another port: PORT=8090 npm start',
    );
  }
  if (await stack.claimPort('edge', FIRST_EDGE_PORT)) return FIRST_EDGE_PORT;
  const port = await stack.choosePort('edge', FIRST_EDGE_PORT + 1);
  phases.say(`  port ${FIRST_EDGE_PORT} is taken: the API listens on ${port} (PORT=… chooses)`);
  return port;
};

/** The monitor pays as two users of the sandbox. */
const heartbeatOf = (port: number): Record<string, string> => ({
  EDGE_URL: `http://127.0.0.1:${port}`,
  HEARTBEAT_PASSWORD: sandboxPassword,
});

const startProcesses = async (
  stack: Stack,
  environmentOf: (role: string) => Record<string, string>,
  phases: Phases,
): Promise<void> => {
  const start = async ({ role, entry, args }: (typeof roles)[keyof typeof roles]): Promise<void> =>
    phases.run(role, async (note) => {
      const handle = await stack.startProcess({ role, entry, args, env: environmentOf(role) });
      await handle.ready();
      note(handle.statusUrl);
    });
  await Promise.all(Object.values(roles).map(start));
};

const run = async (options: StartOptions, phases: Phases, signals: StopSignals): Promise<void> => {
  let edge: string | null = null;
  const stack = await createStack({
    dataDir: options.dataDir,
    brokers: options.brokers,
    jvm: { tiered: true },
    supervise: true,
    phases,
    signal: signals.stop,
    onChange: (changed) => writeStackFile(changed, edge),
  });
  endOnSignals(signals, stack);
  try {
    const port = await takeEdgePort(stack, options.port, phases);
    const identityPort = await stack.choosePort('identity', FIRST_IDENTITY_PORT);
    const identity = `http://127.0.0.1:${identityPort}`;
    const mailPort = process.env['WALLET_SMTP_URL']
      ? null
      : await stack.choosePort('mail', FIRST_MAIL_PORT);
    const environmentOf = createEnvironments(
      {
        PORT: String(port),
        IDENTITY_PORT: String(identityPort),
        IDENTITY_URL: identity,
        ...(mailPort === null ? {} : { MAIL_PAGE_PORT: String(mailPort) }),
        ...(options.sandbox ? heartbeatOf(port) : {}),
        LOG_LEVEL: options.logLevel,
        WALLET_SANDBOX: String(options.sandbox),
        ...(options.sandbox ? { WALLET_WEBHOOK_ALLOW: sandboxTargets } : {}),
      },
      openSecrets(stack.dataDir),
    );
    const fill = () =>
      options.sandbox ? seedSandbox(stack, environmentOf('seed'), phases) : undefined;
    await Promise.all([deployDatabase(stack, phases).then(fill), deployTopics(stack, phases)]);
    await startProcesses(stack, environmentOf, phases);
    edge = `http://127.0.0.1:${port}`;
    writeStackFile(stack, edge);
    const tour = options.sandbox ? await planTour(edge) : null;
    const mails = mailPort === null ? undefined : `http://127.0.0.1:${mailPort}`;
    process.stdout.write(
      welcome({ edge, identity, mails, env: stack.env, dataDir: stack.dataDir }, tour),
    );
  } catch (fault) {
    await stack.close();
    throw fault;
  }
};

const main = async (options: StartOptions): Promise<void> => {
  const phases = createPhases();
  const signals = createStopSignals(() => phases.say('Stopping …'));
  try {
    await run(options, phases, signals);
  } catch (fault) {
    if (signals.stop.aborted) return; // what was being started had its start taken away
    reportFault(fault, options.dataDir);
    process.exitCode = 1;
  }
};

try {
  const options = readStartOptions(process.argv.slice(2), process.env);
  if (options.help) process.stdout.write(`${usage}\n`);
  else await main(options);
} catch (fault) {
  if (!(fault instanceof ConfigError)) throw fault;
  process.stderr.write(`${fault.message}\n`);
  process.exitCode = 2;
}
