/** What a command gets beside its arguments. */
export type CommandContext = { environment: NodeJS.ProcessEnv; print: (line: string) => void };

/** @returns exit code: 0 good, 1 a finding, 2 misuse */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;

export type CommandEntry = {
  /** The command with its arguments, as the overview shows it. */
  usage: string;
  summary: string;
  /** Loaded when asked for: `doctor` must work where nothing else does. */
  load: () => Promise<Command>;
};

/** Every command of `npm run wallet`. To add one: a file beside this one and a row here. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  doctor: {
    usage: 'doctor',
    summary: 'what is missing on this machine, and what is wrong now',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  deploy: {
    usage: 'deploy',
    summary: 'before a new version: database, schemas and topics as it wants them',
    load: async () => (await import('./deploy.ts')).deployCommand,
  },
  migrate: {
    usage: 'migrate [status]',
    summary: 'bring the database to the present schema, or say where it is',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  client: {
    usage: 'client register|rotate-secret|revoke ID',
    summary: 'back ends of merchants: who gets tokens by client credentials',
    load: async () => (await import('./client.ts')).clientCommand,
  },
  'rotate-keys': {
    usage: 'rotate-keys',
    summary: 'a new key for access tokens; the old one stays published while they live',
    load: async () => (await import('./rotate-keys.ts')).rotateKeysCommand,
  },
  'rotate-master-key': {
    usage: 'rotate-master-key',
    summary: 'a new key for all that is sealed, while everything runs',
    load: async () => (await import('./rotate-master-key.ts')).rotateMasterKeyCommand,
  },
  'erase-subject': {
    usage: 'erase-subject USER-ID',
    summary: 'erase name and address of a user for ever; the ledger stays',
    load: async () => (await import('./erase-subject.ts')).eraseSubjectCommand,
  },
  verify: {
    usage: 'verify',
    summary: 'check every invariant of the ledger and name the first rows that break one',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  'verify-chain': {
    usage: 'verify-chain [--head <hash>]',
    summary: 'recompute the chain of hashes over all transfers, through a head that was kept',
    load: async () => (await import('./verify-chain.ts')).verifyChainCommand,
  },
  'dead-letters': {
    usage: 'dead-letters list|show|redrive|dismiss',
    summary: 'what processors could not use: look at it, and send it again',
    load: async () => (await import('./dead-letters.ts')).deadLettersCommand,
  },
  counters: {
    usage: 'counters rebuild --from TIME',
    summary: 'fill the counters of the fraud rules anew from Kafka, beside live decisions',
    load: async () => (await import('./counters.ts')).countersCommand,
  },
  explain: {
    usage: 'explain PAYMENT-ID | --sample 10000',
    summary: 'why a payment was decided so, made again from what was recorded',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  rules: {
    usage: 'rules lint|publish|rollback',
    summary: 'check fraud rules, publish an approved set, go back to the one before',
    load: async () => (await import('./rules.ts')).rulesCommand,
  },
  backtest: {
    usage: 'backtest --rules FILE --from TIME --to TIME',
    summary: 'what other fraud rules would have done to past payments, in money',
    load: async () => (await import('./backtest.ts')).backtestCommand,
  },
  settlements: {
    usage: 'settlements',
    summary: 'what waits for a second person or a bank, and whether banks hold what wallets own',
    load: async () => (await import('./settlements.ts')).settlementsCommand,
  },
  'bank-statement': {
    usage: 'bank-statement FILE --as E-MAIL',
    summary: 'import what a bank says, camt.053 or CSV, and see what each line meant',
    load: async () => (await import('./bank-statement.ts')).bankStatementCommand,
  },
  archive: {
    usage: 'archive --before YYYY-MM',
    summary: 'take old months out of the journal, behind the openings of the accounts',
    load: async () => (await import('./archive.ts')).archiveCommand,
  },
  export: {
    usage: 'export FILE',
    summary: 'write the whole ledger to a file, a line of JSON for each row',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  import: {
    usage: 'import FILE',
    summary: 'fill an empty database from an exported file',
    load: async () => (await import('./import.ts')).importCommand,
  },
};
