import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Sample = { labels: Record<string, string>; value: number };

/** Instant queries of one Prometheus. */
export type PrometheusReader = {
  /** @throws Error with Prometheus' own words when the query is refused */
  query(expr: string): Promise<Sample[]>;
};

type Answer = {
  status: string;
  error?: string;
  data?: {
    resultType: string;
    result: { metric: Record<string, string>; value: [number, string] }[] | [number, string];
  };
};

function readPrometheus(url: string): PrometheusReader {
  return {
    query: async (expr) => {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expr }),
      });
      const answer = (await response.json()) as Answer;
      if (answer.data === undefined) throw new Error(`${answer.error}: ${expr}`);
      const { resultType, result } = answer.data;
      if (resultType === 'scalar') return [{ labels: {}, value: Number(result[1]) }];
      const series = result as { metric: Record<string, string>; value: [number, string] }[];
      return series.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
  };
}

const startDeadlineMs = 20_000;

/**
 * A Prometheus of the test's own, on a free port, that scrapes the given status ports twice a
 * second. Needs `prometheus` on PATH.
 */
export async function startPrometheus(
  ports: readonly number[],
): Promise<PrometheusReader & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-prometheus-'));
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms' },
    scrape_configs: [
      {
        job_name: 'wallet',
        static_configs: [{ targets: ports.map((port) => `127.0.0.1:${port}`) }],
      },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error('Prometheus does not start: is it installed and on PATH?', { cause })),
    );
  });
  const url = `http://127.0.0.1:${port}`;
  await Promise.race([untilReady(url), failed]);
  return {
    ...readPrometheus(url),
    close: async () => {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const endMs = performance.now() + startDeadlineMs;
  while (performance.now() < endMs) {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (ready?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`Prometheus was not ready within ${startDeadlineMs} ms`);
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
