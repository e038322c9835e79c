import { alerts } from './alerts.ts';
import { recordingSeconds, sloAlerts, sloRecordings } from './slos.ts';

/** All that Prometheus evaluates. */
export const rules = {
  recordings: sloRecordings,
  recordingSeconds,
  alerts: [...alerts, ...sloAlerts],
} as const;
