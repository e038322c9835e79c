import type { Panel, Row } from '../dashboard.ts';
import { slos, type Slo } from '../alerts/slos.ts';

const titles: Readonly<Record<string, string>> = {
  edge_availability: 'Budget: availability',
  intents_ended: 'Budget: what was accepted ends',
  end_to_end: 'Budget: in time',
  fraud_decision: 'Budget: fraud in time',
};

/** Share of events that may be bad; without the last digits of binary fractions. */
const budgetOf = (target: number): number => Number((1 - target).toPrecision(4));

/** How fast each promise is being broken. */
export const promises: Row = { title: 'Are the promises kept?', panels: slos.map(budgetPanel) };

function budgetPanel({ name, title, bad, total, target, alert }: Slo): Panel {
  return {
    title: titles[name] ?? name,
    description:
      `${title} Promised for ${Number((target * 100).toPrecision(4))} % of 30 days. Shown is how ` +
      'fast the rest is used up: at 1 it lasts the 30 days, 14.4 held for an hour pages.',
    kind: 'stat',
    unit: 'short',
    queries: [
      {
        expr: `((${bad}) or vector(0)) / clamp_min(${total}, 0.001) / ${budgetOf(target)}`,
        legend: 'times as fast',
      },
    ],
    threshold: { value: 1, severity: 'look' },
    runbook: alert,
  };
}
