import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPhases, createStack } from '@wallet/stack';

/** Does work on servers that live as long as it does; those that the environment names stay. */
export async function onOwnServers<Result>(work: () => Promise<Result>): Promise<Result> {
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-bench-'));
  chmodSync(dataDir, 0o755); // as root, PostgreSQL runs as another user
  const services = ['postgres', 'redis', 'kafka', 'registry'] as const;
  const stack = await createStack({ dataDir, services, docker: false, phases: createPhases() });
  try {
    Object.assign(process.env, stack.env);
    return await work();
  } finally {
    await stack.destroy();
  }
}
