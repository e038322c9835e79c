type Frame = { functionName: string; url: string };
type Profile = {
  nodes: { id: number; callFrame: Frame }[];
  samples: number[];
  timeDeltas: number[];
};

/** Share of the main thread's time, by part of the program; idle time left out. */
export type CpuShares = { part: string; share: number }[];

const samplingMicros = 250;
const attachTimeoutMs = 10_000;

/**
 * Samples the main thread of a running Node process while `work` goes on, over the inspector that
 * Node opens on SIGUSR1: the process needs no code for it.
 * @param inspectorPort what the process was told by `--inspect-port`
 */
export async function profileWhile(
  pid: number,
  inspectorPort: number,
  work: () => Promise<unknown>,
): Promise<CpuShares> {
  process.kill(pid, 'SIGUSR1');
  const inspector = await attach(inspectorPort);
  await inspector.ask('Profiler.enable');
  await inspector.ask('Profiler.setSamplingInterval', { interval: samplingMicros });
  await inspector.ask('Profiler.start');
  await work();
  const { profile } = (await inspector.ask('Profiler.stop')) as { profile: Profile };
  inspector.close();
  return sharesOf(profile);
}

async function attach(port: number) {
  const socket = new WebSocket(await addressOf(port));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  let asked = 0;
  return {
    ask(method: string, params: object = {}): Promise<unknown> {
      const id = (asked += 1);
      return new Promise((resolve) => {
        const listen = ({ data }: MessageEvent): void => {
          const answer = JSON.parse(String(data)) as { id?: number; result?: unknown };
          if (answer.id !== id) return;
          socket.removeEventListener('message', listen);
          resolve(answer.result);
        };
        socket.addEventListener('message', listen);
        socket.send(JSON.stringify({ id, method, params }));
      });
    },
    close: () => socket.close(),
  };
}

async function addressOf(port: number): Promise<string> {
  const deadline = performance.now() + attachTimeoutMs;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/json/list`);
      const [target] = (await response.json()) as { webSocketDebuggerUrl: string }[];
      if (target !== undefined) return target.webSocketDebuggerUrl;
    } catch (error) {
      if (performance.now() > deadline) throw error; // it is not open yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function sharesOf({ nodes, samples, timeDeltas }: Profile): CpuShares {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  const micros = new Map<string, number>();
  let busy = 0;
  for (const [at, id] of samples.entries()) {
    const part = parts.get(id) ?? 'unknown';
    if (part === '(idle)') continue;
    const spent = timeDeltas[at] ?? 0;
    busy += spent;
    micros.set(part, (micros.get(part) ?? 0) + spent);
  }
  return [...micros]
    .map(([part, spent]) => ({ part, share: spent / busy }))
    .sort((left, right) => right.share - left.share);
}

/** What a line of the table is called: a package, a part of Node, or a folder of ours. */
function partOf({ functionName, url }: Frame): string {
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined && !library.startsWith('@wallet')) return library;
  const ours = /\/(api-edge|schemas|core-ledger|ops\/runtime)\/src\/(?:([^/]+)\/)?/.exec(url);
  if (ours !== null) return `ours: ${ours[1]}${ours[2] === undefined ? '' : `/${ours[2]}`}`;
  const node = /^node:(?:internal\/)?(\w+)/.exec(url)?.[1];
  if (node !== undefined) return `node: ${node}`;
  return functionName === '' ? '(native)' : functionName;
}
