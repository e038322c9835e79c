import { createOwnRedis, type OwnRedis } from './own-redis.ts';

/** Three masters that share the slots, each a process of its own. */
export type OwnCluster = { readonly nodes: readonly OwnRedis[]; close(): Promise<void> };

const nodeCount = 3;
const slotCount = 16_384;

/** Runs what `createOwnRedis` runs. Resolves when every node says that the cluster is whole. */
export async function createOwnCluster(): Promise<OwnCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'];
  const nodes = await Promise.all(Array.from({ length: nodeCount }, () => createOwnRedis(options)));
  const close = async (): Promise<void> =>
    void (await Promise.all(nodes.map((node) => node.close())));
  try {
    await joinTogether(nodes);
  } catch (error) {
    await close();
    throw error;
  }
  return { nodes, close };
}

async function joinTogether(nodes: readonly OwnRedis[]): Promise<void> {
  const bound = (node: number): number => Math.floor((node * slotCount) / nodeCount);
  for (const [index, node] of nodes.entries()) {
    const slots = Array.from({ length: bound(index + 1) - bound(index) }, (_, slot) =>
      String(bound(index) + slot),
    );
    await node.ask('CLUSTER', 'ADDSLOTS', ...slots);
    const { hostname, port } = new URL(nodes[0]?.url ?? '');
    if (index > 0) await node.ask('CLUSTER', 'MEET', hostname, port);
  }
  const isWhole = async ({ ask }: OwnRedis): Promise<boolean> => {
    const reply = await ask('CLUSTER', 'INFO');
    const told = reply.kind === 'bytes' ? reply.bytes.toString() : '';
    const signs = [`known_nodes:${nodeCount}`, `slots_ok:${slotCount}`, 'state:ok'];
    return signs.every((sign) => told.includes(`cluster_${sign}`));
  };
  const untilMs = performance.now() + 30_000;
  for (const node of nodes) {
    while (!(await isWhole(node))) {
      if (performance.now() > untilMs) throw new Error('the cluster did not come together in 30 s');
    }
  }
}
