import type { AskIdentity } from '../runner/identity.ts';

/** Opens secrets of an endpoint; in base64. Faults: those of `AskIdentity`. */
export type OpenSecrets = (endpointId: string, sealed: readonly string[]) => Promise<string[]>;

/** Opened ones are kept: each endpoint is asked for once, and again after a rotation. */
const mostKept = 10_000;

export function createOpenSecrets(askIdentity: AskIdentity): OpenSecrets {
  const known = new Map<string, Promise<string[]>>();
  const ask = async (endpointId: string, sealed: readonly string[]): Promise<string[]> => {
    const asked = { endpoint_id: endpointId, sealed };
    return ((await askIdentity('/webhook-secrets/opened', asked)) as { secrets: string[] }).secrets;
  };
  return async (endpointId, sealed) => {
    const key = sealed.join();
    const asked = known.get(key) ?? ask(endpointId, sealed);
    if (known.size >= mostKept) known.clear();
    known.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      known.delete(key);
      throw error;
    }
  };
}
