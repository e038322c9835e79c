/** An alert that fires now, as Prometheus tells it. */
export type FiringAlert = {
  readonly name: string;
  readonly severity: string;
  readonly summary: string;
  readonly runbook: string;
  /** RFC 3339. */
  readonly since: string;
};

type Answer = {
  data?: {
    alerts: {
      state: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
      activeAt: string;
    }[];
  };
};

const patienceMs = 3_000;

/**
 * What fires now, pages first.
 * @returns null when Prometheus does not answer
 */
export async function findFiring(prometheusUrl: string): Promise<FiringAlert[] | null> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(new URL('/api/v1/alerts', prometheusUrl), { signal });
    const { data } = (await response.json()) as Answer;
    const firing = (data?.alerts ?? []).filter(({ state }) => state === 'firing');
    return firing
      .map(({ labels, annotations, activeAt }) => ({
        name: labels['alertname'] ?? 'unnamed',
        severity: labels['severity'] ?? 'ticket',
        summary: annotations['summary'] ?? '',
        runbook: annotations['runbook'] ?? '',
        since: activeAt,
      }))
      .sort((a, b) => a.severity.localeCompare(b.severity) || a.name.localeCompare(b.name));
  } catch {
    return null;
  }
}
