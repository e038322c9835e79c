import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { startProgram } from './program.ts';

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

/**
 * A Prometheus of the test's own, on a free port, that scrapes the given status ports twice a
 * second. Needs `prometheus` on PATH.
 * @param ruleFiles alerts it evaluates every second
 */
export async function startPrometheus(
  ports: readonly number[],
  ruleFiles: readonly string[] = [],
): Promise<PrometheusReader & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-prometheus-'));
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '1s' },
    rule_files: ruleFiles,
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
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    `${url}/-/ready`,
  );
  return {
    ...readPrometheus(url),
    close: async () => {
      await program.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
