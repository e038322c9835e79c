import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { renderCompose } from './compose.ts';
import { manifests, renderManifests } from './manifests.ts';
import { parts } from './parts.ts';
import { deploymentOf } from './workload.ts';

const folder = fileURLToPath(new URL('../', import.meta.url));

test('the committed files are what the sources say (npm run manifests writes them)', () => {
  const rendered = Object.fromEntries(renderManifests());
  const names = readdirSync(`${folder}kubernetes`);
  const read = (name: string): string => readFileSync(`${folder}kubernetes/${name}`, 'utf8');
  expect(Object.fromEntries(names.map((name) => [name, read(name)]))).toEqual(rendered);
  expect(readFileSync(`${folder}compose.yaml`, 'utf8')).toBe(renderCompose());
});

test.each([...manifests()])('%s is valid by the schemas of Kubernetes', (_name, all) => {
  expect(all.length).toBeGreaterThan(0);
  for (const manifest of all) expect(() => manifest.validate()).not.toThrow();
});

test('the schemas of Kubernetes find a mistake', () => {
  const [part] = parts;
  if (part === undefined) throw new Error('there are no parts');
  const deployment = deploymentOf(part);
  if (deployment.spec) deployment.spec.replicas = 'two' as unknown as number;
  expect(() => deployment.validate()).toThrow(/replicas/);
});

describe.each(parts.map((part) => [part.name, part] as const))('%s', (_name, part) => {
  const spec = deploymentOf(part).spec?.template.spec;
  const [container] = spec?.containers ?? [];

  test('has probes, requests, a memory limit and no rights it does not need', () => {
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/livez' } },
      livenessProbe: { httpGet: { path: '/livez' } },
      readinessProbe: { httpGet: { path: '/readyz' } },
      resources: { requests: { cpu: expect.any(String), memory: expect.any(String) } },
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    });
    expect(container?.resources?.limits?.['memory']).toEqual(expect.any(String));
    expect(spec?.securityContext?.runAsNonRoot).toBe(true);
  });

  test('no secret stands in the manifest', () => {
    const secret = /SECRET|KEY|PASSWORD|DATABASE_URL/;
    const named = (container?.env ?? []).filter(({ name }) => secret.test(name));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ valueFrom }) => valueFrom?.secretKeyRef === undefined)).toEqual([]);
  });
});
