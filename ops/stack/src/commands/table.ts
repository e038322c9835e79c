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
    summary: 'what is missing on this machine',
    load: async () => (await import('./doctor.ts')).doctor,
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
