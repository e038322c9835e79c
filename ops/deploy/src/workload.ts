import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { Job } from 'kubernetes-models/batch/v1/Job';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IEnvVar } from 'kubernetes-models/v1/EnvVar';
import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import { deployStep, sharedSettings, statusPort, type Part, type SecretName } from './parts.ts';

export const labelsOf = (name: string): Record<string, string> => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'wallet',
});

/** An installation sets its registry and version with `kustomize edit set image`. */
const image = 'wallet';
/** Longer than the ten seconds in which a process ends by itself. */
const graceSeconds = 20;
const userId = 10_001;

/** Readiness leads traffic away at once; only what a restart mends is a reason to restart. */
const probes = {
  startupProbe: probe('/livez', { periodSeconds: 2, failureThreshold: 30 }),
  livenessProbe: probe('/livez', { periodSeconds: 10, failureThreshold: 3 }),
  readinessProbe: probe('/readyz', { periodSeconds: 3, failureThreshold: 2 }),
};

export function deploymentOf(part: Part): Deployment {
  const labels = labelsOf(part.name);
  const [replicas] = part.replicas;
  return new Deployment({
    metadata: { name: part.name, labels, annotations: { 'wallet.example/about': part.about } },
    spec: {
      replicas,
      selector: { matchLabels: { 'app.kubernetes.io/name': part.name } },
      strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: {
        metadata: { labels, annotations: scraped },
        spec: { ...podSpec(containerOf(part)), topologySpreadConstraints: [spread(part.name)] },
      },
    },
  });
}

/** One name a version: a finished job is never run again. */
export function deployJob(): Job {
  const labels = labelsOf('deploy');
  const container: IContainer = {
    ...baseContainer('deploy', deployStep.command, environment({}, deployStep.secrets)),
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
  };
  return new Job({
    metadata: { name: 'deploy', labels },
    spec: {
      backoffLimit: 5,
      template: {
        metadata: { labels },
        spec: { ...podSpec(container), restartPolicy: 'OnFailure' },
      },
    },
  });
}

const scraped = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(statusPort),
  'prometheus.io/path': '/metrics',
};

function containerOf(part: Part): IContainer {
  const settings = { ...part.settings, STATUS_PORT: String(statusPort), STATUS_HOST: '::' };
  const ports = [{ name: 'status', containerPort: statusPort }];
  if (part.port !== undefined) ports.unshift({ name: 'http', containerPort: part.port });
  return {
    ...baseContainer(part.name, part.command, environment(settings, part.secrets)),
    ...probes,
    ports,
    // No limit of CPU: throttling makes pauses, and requests share what is there fairly.
    resources: {
      requests: { cpu: part.cpu, memory: part.memory.requested },
      limits: { memory: part.memory.limit },
    },
  };
}

function baseContainer(name: string, command: readonly string[], env: IEnvVar[]): IContainer {
  return {
    name,
    image,
    command: ['node', ...command],
    env,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}

function podSpec(container: IContainer): IPodSpec {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container],
  };
}

function environment(
  own: Readonly<Record<string, string>>,
  secrets: readonly SecretName[],
): IEnvVar[] {
  return [
    ...Object.keys(sharedSettings).map((name) => ({
      name,
      valueFrom: { configMapKeyRef: { name: 'wallet', key: name } },
    })),
    ...Object.entries(own).map(([name, value]) => ({ name, value })),
    ...secrets.map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: 'wallet', key: name } },
    })),
  ];
}

function probe(path: string, pace: { periodSeconds: number; failureThreshold: number }) {
  return { httpGet: { path, port: 'status' }, timeoutSeconds: 3, ...pace };
}

/** Not all of them on one machine. */
function spread(name: string) {
  return {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'ScheduleAnyway' as const,
    labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
  };
}
