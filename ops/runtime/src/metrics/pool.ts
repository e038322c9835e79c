import type { Metrics } from '../metrics.ts';

type Connections = { used: number; idle: number; waiting: number };

/** Shows a pool's connections at each scrape; only the caller knows whose pool it is. */
export function exposePool(metrics: Metrics, connections: () => Connections): void {
  metrics.beforeExpose(() => {
    for (const [state, count] of Object.entries(connections())) {
      const label = { state: state as keyof Connections };
      metrics.set('wallet_database_pool_connections', label, count);
    }
  });
}
