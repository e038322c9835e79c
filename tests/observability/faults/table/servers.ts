import type { Fault, Heal } from '../fault.ts';
import { freezeFamily, thawFamily } from '../family.ts';
import { askRedis } from '../ask-redis.ts';
import type { World } from '../world.ts';

const kill =
  (name: string): Fault['inject'] =>
  async ({ server }) => {
    const victim = server(name);
    const ended = victim.ended();
    victim.kill('SIGKILL');
    await ended;
    return () => victim.restart();
  };

/** With all its children: PostgreSQL is many processes. */
const freeze =
  (name: string): Fault['inject'] =>
  async ({ server }) => {
    const pid = server(name).pid() ?? 0;
    freezeFamily(pid);
    return async () => thawFamily(pid);
  };

const fillDisk =
  (owner: 'kafka' | 'redis', name: string): Fault['inject'] =>
  async ({ server, disk }) => {
    disk(owner).fill();
    return async () => {
      disk(owner).empty();
      await server(name).restart();
    };
  };

const fillRedis = async ({ server }: World): Promise<Heal> => {
  const limit = (most: string): Promise<void> =>
    askRedis(server('redis').url, ['CONFIG', 'SET', 'maxmemory', most]);
  await limit('1mb');
  return () => limit('1gb');
};

const makeReadOnly = async ({ system }: World): Promise<Heal> => {
  const { knex } = system.db;
  await knex.raw('alter system set default_transaction_read_only = on');
  await knex.raw('select pg_reload_conf()');
  return async () => {
    await knex.raw('alter system reset default_transaction_read_only');
    await knex.raw('select pg_reload_conf()');
  };
};

/** A transaction that somebody has forgotten, with the rows of all accounts. */
const lockAccounts = async ({ system }: World): Promise<Heal> => {
  const trx = await system.db.knex.transaction();
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
  await trx.raw('select id from account for update');
  return async () => void (await trx.rollback());
};

const lockChain = async ({ system }: World): Promise<Heal> => {
  const trx = await system.db.knex.transaction();
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
  await trx.raw('lock table chain_block in exclusive mode');
  return async () => void (await trx.rollback());
};

/** Until what stands on the server would page by itself. */
const leastSeconds = 80;

const faultsOfServers: readonly Fault[] = [
  {
    name: 'postgres killed',
    does: 'PostgreSQL is killed and stays away',
    alert: 'DatabaseAway',
    inject: kill('postgres'),
  },
  {
    name: 'postgres frozen',
    does: 'PostgreSQL with all its sessions is frozen: it takes connections and says nothing',
    alert: 'DatabaseAway',
    inject: freeze('postgres'),
  },
  {
    name: 'postgres read-only',
    does: 'PostgreSQL takes no writes, as after a failover to a standby that was not promoted',
    alert: 'DatabaseAway',
    inject: makeReadOnly,
  },
  {
    name: 'accounts locked',
    does: 'A forgotten transaction holds the rows of all accounts',
    alert: 'PaymentsNotFlowing',
    inject: lockAccounts,
  },
  {
    name: 'chain locked',
    does: 'A forgotten transaction holds the table of the chain of hashes',
    alert: 'ChainBehind',
    inject: lockChain,
  },
  {
    name: 'redis killed',
    does: 'Redis is killed and stays away',
    alert: 'RedisAway',
    inject: kill('redis'),
  },
  {
    name: 'redis frozen',
    does: 'Redis is frozen: it takes connections and says nothing',
    alert: 'RedisAway',
    inject: freeze('redis'),
  },
  {
    name: 'redis full',
    does: 'Redis has reached its memory limit: it answers reads and refuses writes',
    alert: 'RedisAway',
    inject: fillRedis,
  },
  {
    name: 'redis disk full',
    does: 'The disk of Redis is full: it refuses writes that it cannot log',
    alert: 'RedisAway',
    inject: fillDisk('redis', 'redis'),
  },
  {
    name: 'kafka killed',
    does: 'The broker is killed and stays away',
    alert: 'KafkaAway',
    inject: kill('kafka-1'),
  },
  {
    name: 'kafka frozen',
    does: 'The broker is frozen: it takes connections and says nothing',
    alert: 'KafkaAway',
    inject: freeze('kafka-1'),
  },
  {
    name: 'kafka disk full',
    does: 'The disk of the broker is full, which ends it',
    alert: 'KafkaAway',
    inject: fillDisk('kafka', 'kafka-1'),
  },
  {
    name: 'registry killed',
    does: 'The schema registry is killed and stays away',
    alert: 'RegistryAway',
    inject: kill('registry'),
  },
  {
    name: 'registry frozen',
    does: 'The schema registry is frozen',
    alert: 'RegistryAway',
    inject: freeze('registry'),
  },
];

export const serverFaults: readonly Fault[] = faultsOfServers.map((fault) => ({
  ...fault,
  leastSeconds,
}));
