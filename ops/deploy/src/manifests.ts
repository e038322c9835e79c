import { stringify } from 'yaml';
import { parts } from './parts.ts';
import { budgetOf, policyOf, scalerOf, serviceOf, sharedConfig } from './surroundings.ts';
import { deployJob, deploymentOf } from './workload.ts';

const head = '# Written by `npm run manifests -w @wallet/deploy` from ops/deploy/src.\n';

type Manifest = { validate(): void; toJSON(): unknown };

/** Every object, by the file it stands in. */
export function manifests(): ReadonlyMap<string, readonly Manifest[]> {
  const files = new Map<string, readonly Manifest[]>([
    ['wallet.yaml', [sharedConfig()]],
    ['deploy.yaml', [deployJob()]],
  ]);
  for (const part of parts) {
    const all = [
      deploymentOf(part),
      serviceOf(part),
      budgetOf(part),
      scalerOf(part),
      policyOf(part),
    ];
    files.set(
      `${part.name}.yaml`,
      all.filter((manifest) => manifest !== null),
    );
  }
  return files;
}

/** The files of `ops/deploy/kubernetes`, with the list that `kubectl apply -k` reads. */
export function renderManifests(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [name, all] of manifests()) {
    files.set(name, head + all.map((manifest) => stringify(manifest.toJSON())).join('---\n'));
  }
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'wallet',
    resources: [...files.keys()],
  };
  return files.set('kustomization.yaml', head + stringify(kustomization));
}
