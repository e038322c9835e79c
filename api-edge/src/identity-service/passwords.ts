import { hash, verify } from '@node-rs/argon2';
import { monotonicMs, type Metrics } from '@wallet/runtime';

export type Passwords = {
  hash(password: string): Promise<string>;
  /**
   * Compares; with `null` (no such user) it works as long, and says no.
   */
  matches(passwordHash: string | null, password: string): Promise<boolean>;
};

/** OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane. `algorithm` 2 is argon2id. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** With more in flight they take the cores from the payments: 32 delay a token check by 157 ms. */
const maxInFlight = 1;
/** About half a second of work; beyond it clients are told to come back. */
const maxQueued = 16;

/** Thrown when too many wait for a hash already. */
export class PasswordQueueFull extends Error {
  constructor() {
    super('too many passwords are being checked');
    this.name = 'PasswordQueueFull';
  }
}

/** argon2id with few hashes at a time and a short queue. Throws PasswordQueueFull. */
export function createPasswords(metrics?: Metrics): Passwords {
  const queue: (() => void)[] = [];
  let inFlight = 0;
  let decoy: Promise<string> | null = null;
  metrics?.beforeExpose(() => {
    metrics.set('wallet_password_queue_requests', {}, inFlight + queue.length);
  });

  const limited = async <T>(work: () => Promise<T>): Promise<T> => {
    const startMs = monotonicMs();
    if (inFlight >= maxInFlight) {
      if (queue.length >= maxQueued) throw new PasswordQueueFull();
      // Whoever finishes hands its place over, so the count stays.
      await new Promise<void>((resolve) => queue.push(resolve));
    } else inFlight += 1;
    try {
      return await work();
    } finally {
      const seconds = (monotonicMs() - startMs) / 1_000;
      metrics?.observe('wallet_password_hash_duration_seconds', {}, seconds);
      const next = queue.shift();
      if (next === undefined) inFlight -= 1;
      else next();
    }
  };

  return {
    hash: (password) => limited(() => hash(password, parameters)),
    async matches(passwordHash, password) {
      decoy ??= hash('nobody has this password', parameters);
      const against = passwordHash ?? (await decoy);
      const equal = await limited(() => verify(against, password));
      return equal && passwordHash !== null;
    },
  };
}
