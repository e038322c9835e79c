import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, prometheusConfig } from '@wallet/stack';
import { freePort } from '../../support/free-port.ts';
import { startProgram } from '../program.ts';
import { writeQuietHistory } from './history.ts';
import { openSink, type Notice } from './sink.ts';

/** An alert that fires, as Prometheus shows it. */
export type Firing = { alert: string; severity: string };

/** A Prometheus and an Alertmanager of one fault alone: nothing of an earlier one is left. */
export type Watch = {
  firing(): Promise<Firing[]>;
  /** Processes that Prometheus reaches. */
  reached(): Promise<number>;
  /** Whom Alertmanager told, since it was started. */
  readonly notices: readonly Notice[];
  close(): Promise<void>;
};

const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(inRepository(path), 'utf8');

/**
 * Both as the product has them: the committed scrape configuration, rules, groups and inhibitions.
 * Only the receivers are ours. Behind them lie six quiet hours of what was promised.
 * @param targets status addresses ("127.0.0.1:9101") by role
 */
export async function openWatch(targets: ReadonlyMap<string, string>): Promise<Watch> {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-watch-'));
  const sink = await openSink();
  const [port, alertmanagerPort] = [await freePort(), await freePort()];
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const groups = [...targets].map(([role, address]) => ({ targets: [address], labels: { role } }));
  const files = {
    targets: file('targets.json', JSON.stringify(groups)),
    alertmanagers: file(
      'alertmanagers.json',
      JSON.stringify([{ targets: [`127.0.0.1:${alertmanagerPort}`] }]),
    ),
    rules: inRepository('ops/prometheus/rules'),
  };
  const config = prometheusConfig(read('ops/prometheus/prometheus.yml'), files);
  const data = join(folder, 'data');
  writeQuietHistory(folder, data);
  const alertmanager = await startProgram(
    findProgram('prometheus-alertmanager') ?? 'alertmanager',
    [
      `--config.file=${file('alertmanager.yml', receivedBy(sink.url))}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      '--cluster.listen-address=',
    ],
    `http://127.0.0.1:${alertmanagerPort}/-/ready`,
  );
  const prometheus = await startProgram(
    'prometheus',
    [
      `--config.file=${file('prometheus.yml', config)}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    `http://127.0.0.1:${port}/-/ready`,
  );
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return ((await response.json()) as { data: T }).data;
  };
  return {
    notices: sink.notices,
    async firing() {
      const { alerts } = await ask<{ alerts: PrometheusAlert[] }>('/api/v1/alerts');
      return alerts
        .filter(({ state }) => state === 'firing')
        .map(({ labels }) => ({
          alert: labels['alertname'] ?? '',
          severity: labels['severity'] ?? '',
        }));
    },
    async reached() {
      const { result } = await ask<{ result: unknown[] }>('/api/v1/query?query=up==1');
      return result.length;
    },
    async close() {
      await prometheus.close();
      await alertmanager.close();
      await sink.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type PrometheusAlert = { state: string; labels: Record<string, string> };

/** The committed configuration with our sink behind each of its receivers. */
function receivedBy(sinkUrl: string): string {
  return read('ops/prometheus/alertmanager.yml').replaceAll(
    /^ {2}- name: (\w+)$/gm,
    (line, name: string) => `${line}\n    webhook_configs: [{ url: '${sinkUrl}/${name}' }]`,
  );
}
