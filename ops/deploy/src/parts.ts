/** Settings that every process reads, by name: the installation's own. */
export const sharedSettings = {
  REDIS_URL: 'redis://redis:6379',
  KAFKA_BROKERS: 'kafka-1:9094',
  SCHEMA_REGISTRY_URL: 'http://registry:8080/apis/ccompat/v7',
  LOG_LEVEL: 'info',
} as const;

/** Each secret is known to those parts alone that need it. */
export type SecretName =
  | 'DATABASE_URL'
  | 'WALLET_ID_SECRET'
  | 'WALLET_MASTER_KEY'
  | 'WALLET_IDENTITY_SECRET'
  | 'HEARTBEAT_PASSWORD'
  | 'WALLET_SMTP_URL';

/** One deployable process. */
export type Part = {
  readonly name: string;
  /** What it does, for whoever reads the manifest. */
  readonly about: string;
  /** Arguments of Node. */
  readonly command: readonly string[];
  /** The port that clients or other parts call, besides that of its status. */
  readonly port?: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretName[];
  /** Fewest and most; equal when there is nothing to scale. */
  readonly replicas: readonly [number, number];
  /** What more of them help against: CPU, or records that wait for a group. */
  readonly scaledBy?: 'cpu' | { readonly group: string };
  readonly memory: { readonly requested: string; readonly limit: string };
  readonly cpu: string;
};

/** Of every process: probes and metrics, never the public port. */
export const statusPort = 9_100;
/** Partitions of a topic: more members than these get nothing to do. */
const mostMembers = 8;

const streams = (...processors: string[]): string[] => [
  'streams/src/main.ts',
  '--processors',
  processors.join(','),
];
const usual = { requested: '256Mi', limit: '512Mi' } as const;

export const parts: readonly Part[] = [
  {
    name: 'edge',
    about: 'the API: takes intents, answers reads',
    command: ['api-edge/src/main.ts'],
    port: 8_080,
    settings: {
      PORT: '8080',
      HOST: '::',
      IDENTITY_URL: 'http://identity:8082',
      WALLET_ISSUER: 'https://wallet.example',
    },
    secrets: ['DATABASE_URL', 'WALLET_ID_SECRET', 'WALLET_IDENTITY_SECRET'],
    replicas: [2, 10],
    scaledBy: 'cpu',
    memory: usual,
    cpu: '500m',
  },
  {
    name: 'identity',
    about: 'users, sessions and tokens; the only one that can read personal data',
    command: ['api-edge/src/identity-service/main.ts'],
    port: 8_082,
    settings: {
      IDENTITY_PORT: '8082',
      IDENTITY_HOST: '::',
      WALLET_ISSUER: 'https://wallet.example',
    },
    secrets: ['DATABASE_URL', 'WALLET_MASTER_KEY', 'WALLET_IDENTITY_SECRET'],
    replicas: [2, 4],
    scaledBy: 'cpu',
    memory: usual,
    cpu: '250m',
  },
  {
    name: 'fraud',
    about: 'decides about every payment, with the counters of Redis',
    command: streams('fraud'),
    settings: {},
    secrets: ['DATABASE_URL'],
    replicas: [2, mostMembers],
    scaledBy: { group: 'fraud' },
    memory: usual,
    cpu: '500m',
  },
  {
    name: 'settlement',
    about: 'posts payments to the ledger',
    command: streams('settlement'),
    settings: {},
    secrets: ['DATABASE_URL'],
    replicas: [2, mostMembers],
    scaledBy: { group: 'settlement' },
    memory: usual,
    cpu: '500m',
  },
  {
    name: 'commands',
    about: 'everything else that moves money: top-ups, captures, refunds, disputes',
    command: streams('commands'),
    settings: {},
    secrets: ['DATABASE_URL'],
    replicas: [2, mostMembers],
    scaledBy: { group: 'commands' },
    memory: usual,
    cpu: '250m',
  },
  {
    name: 'events',
    about: 'what follows from a commit: events, notifications, counters, deadlines; and tickets',
    command: streams('tickets', 'outbox', 'outcomes', 'notifications', 'timers'),
    settings: {},
    secrets: ['DATABASE_URL'],
    // One relay publishes, the other stands by.
    replicas: [2, 2],
    memory: usual,
    cpu: '250m',
  },
  {
    name: 'backtests',
    about: 'rule sets over the past, at nobody else’s expense',
    command: streams('backtests'),
    settings: {},
    secrets: ['DATABASE_URL'],
    replicas: [1, 1],
    memory: { requested: '512Mi', limit: '2Gi' },
    cpu: '250m',
  },
  {
    name: 'webhooks',
    about: 'calls machines of others and sends e-mails; the only one that needs a way out',
    command: streams('webhooks', 'emails'),
    settings: { IDENTITY_URL: 'http://identity:8082' },
    secrets: ['DATABASE_URL', 'WALLET_IDENTITY_SECRET', 'WALLET_SMTP_URL'],
    // What one has taken when it dies, the other sends again.
    replicas: [2, 2],
    memory: usual,
    cpu: '250m',
  },
  {
    name: 'monitor',
    about: 'watches all of the above and the ledger from outside',
    command: streams('monitor'),
    // Two customers of the installation's own, on the list "trusted", with the password below.
    settings: {
      EDGE_URL: 'http://edge:8080',
      HEARTBEAT_USERS: 'heartbeat1@wallet.example,heartbeat2@wallet.example',
    },
    secrets: ['DATABASE_URL', 'HEARTBEAT_PASSWORD'],
    replicas: [1, 1],
    memory: usual,
    cpu: '100m',
  },
];

/** Runs before every version: brings the database, the topics and the schemas up to date. */
export const deployStep = {
  command: ['ops/stack/src/cli.ts', 'deploy'],
  secrets: ['DATABASE_URL'],
} as const;
