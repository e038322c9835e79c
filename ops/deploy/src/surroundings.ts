import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { sharedSettings, statusPort, type Part } from './parts.ts';
import { labelsOf } from './workload.ts';

/** Records of a group that one more member is worth; a member does thousands a second. */
const recordsForOneMore = '2000';

export function serviceOf({ name, port }: Part): Service | null {
  if (port === undefined) return null;
  return new Service({
    metadata: { name, labels: labelsOf(name) },
    spec: {
      selector: { 'app.kubernetes.io/name': name },
      ports: [{ name: 'http', port, targetPort: 'http' }],
    },
  });
}

/** A drained machine takes one at a time. Those that stand alone may go: others see it at once. */
export function budgetOf({ name, replicas }: Part): PodDisruptionBudget | null {
  if (replicas[0] < 2) return null;
  return new PodDisruptionBudget({
    metadata: { name, labels: labelsOf(name) },
    spec: { maxUnavailable: 1, selector: { matchLabels: { 'app.kubernetes.io/name': name } } },
  });
}

/** By CPU, or by the lag that the monitor sees, through an adapter of external metrics. */
export function scalerOf({ name, replicas, scaledBy }: Part): HorizontalPodAutoscaler | null {
  if (scaledBy === undefined) return null;
  const [minReplicas, maxReplicas] = replicas;
  const metric =
    scaledBy === 'cpu'
      ? {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
        }
      : {
          type: 'External',
          external: {
            metric: {
              name: 'kafka_consumergroup_lag',
              selector: { matchLabels: { consumergroup: scaledBy.group } },
            },
            target: { type: 'AverageValue', averageValue: recordsForOneMore },
          },
        };
  return new HorizontalPodAutoscaler({
    metadata: { name, labels: labelsOf(name) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas,
      metrics: [metric],
      // A member that comes or goes costs everybody a rebalance.
      behavior: { scaleDown: { stabilizationWindowSeconds: 600 } },
    },
  });
}

/** Who may call a part: its callers on its port, Prometheus on the status port, nobody else. */
export function policyOf({ name, port }: Part): NetworkPolicy {
  const prometheus = { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } } };
  const edge = { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'edge' } } };
  const callers = name === 'edge' ? [] : [edge];
  return new NetworkPolicy({
    metadata: { name, labels: labelsOf(name) },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [prometheus], ports: [{ port: statusPort, protocol: 'TCP' }] },
        ...(port === undefined
          ? []
          : [
              {
                ...(callers.length > 0 ? { from: callers } : {}),
                ports: [{ port, protocol: 'TCP' as const }],
              },
            ]),
      ],
    },
  });
}

/** What all parts read and nobody has to hide; the secret `wallet` is the installation's own. */
export function sharedConfig(): ConfigMap {
  return new ConfigMap({
    metadata: { name: 'wallet', labels: labelsOf('wallet') },
    data: sharedSettings,
  });
}
