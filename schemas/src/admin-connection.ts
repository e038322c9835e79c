import type { Log } from '@wallet/runtime';
import type { Admin } from 'kafkajs';
import type { KafkaFactory } from './kafka-client.ts';

export type AdminConnection = {
  /** Runs `ask` on the one connection; after a failure the next call makes a new one. */
  run<T>(ask: (admin: Admin) => Promise<T>): Promise<T>;
  close(): Promise<void>;
};

const REQUEST_TIMEOUT_MS = 5_000;
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 };

export function createAdminConnection(options: {
  newKafka: KafkaFactory;
  log: Log;
}): AdminConnection {
  const { newKafka, log } = options;
  let current: Promise<Admin> | null = null;

  async function connect(): Promise<Admin> {
    const admin = newKafka({ requestTimeoutMs: REQUEST_TIMEOUT_MS, retry: RETRY }).admin();
    await admin.connect();
    return admin;
  }

  async function disconnect(connection: Promise<Admin>): Promise<void> {
    try {
      await (await connection).disconnect();
    } catch (err) {
      log.debug({ err }, 'an admin client did not close cleanly');
    }
  }

  return {
    async run(ask) {
      current ??= connect();
      const mine = current;
      try {
        return await ask(await mine);
      } catch (error) {
        if (current === mine) current = null;
        void disconnect(mine);
        throw error;
      }
    },
    async close() {
      const last = current;
      current = null;
      if (last !== null) await disconnect(last);
    },
  };
}
