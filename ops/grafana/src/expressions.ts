/** The window of every rate: Grafana makes it at least four scrapes long. */
const window = '[$__rate_interval]';

/** Events a second. @param selector metric with its labels; @param by labels that are kept */
export function perSecond(selector: string, by: readonly string[] = []): string {
  return `sum${kept(by)}(rate(${selector}${window}))`;
}

/** A quantile of a histogram. */
export function quantile(share: number, metric: string, by: readonly string[] = []): string {
  return `histogram_quantile(${share}, ${perSecond(`${metric}_bucket`, ['le', ...by])})`;
}

/** Mean of what a histogram observed; 0 while it observed nothing. */
export function mean(metric: string, by: readonly string[] = []): string {
  const count = perSecond(`${metric}_count`, by);
  return `${perSecond(`${metric}_sum`, by)} / clamp_min(${count}, 0.001)`;
}

/** A metric of each process, told apart by its role, for the processes chosen at the top. */
export function ofProcess(aggregate: 'max' | 'sum', series: string): string {
  return (
    `${aggregate} by (process) (${series} * on (instance) ` +
    'group_left (process) wallet_build_info{process=~"$process"})'
  );
}

function kept(by: readonly string[]): string {
  return by.length === 0 ? ' ' : ` by (${by.join(', ')}) `;
}
