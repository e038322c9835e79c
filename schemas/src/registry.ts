import { Fault } from '@wallet/runtime';

/** What the wire needs of a Confluent-compatible schema registry. */
export type Registry = {
  /** The schema text behind an id; null when the registry does not know the id. */
  schemaById(id: number): Promise<string | null>;
  /** The id of exactly this schema in this subject; null when it was never registered there. */
  findId(subject: string, schema: string): Promise<number | null>;
  /** The newest schema of the subject; null when there is none. */
  findLatest(subject: string): Promise<string | null>;
  /** Registers the schema and returns its id; the same schema again returns the same id. */
  register(subject: string, schema: string): Promise<number>;
  compatibility(subject: string): Promise<string | null>;
  setCompatibility(subject: string, level: string): Promise<void>;
};

// The registry answers in milliseconds; a hanging one must not hang a batch.
const TIMEOUT_MS = 3_000;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
const NOT_FOUND = 404;
const CONFLICT = 409;

/**
 * Six calls over fetch instead of a client library: the one in use for kafkajs sets no time-out,
 * rebuilds resolvers on every decode and compiles schemas without our types.
 * @param url base address, for example `http://127.0.0.1:18081/apis/ccompat/v7`
 * Every call throws a Fault: `registry_unreachable` (retriable) when there is no usable answer,
 * `schema_incompatible` for 409, `schema_refused` for any other refusal.
 */
export function createRegistry(url: string): Registry {
  const base = url.replace(/\/+$/, '');

  async function call(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': CONTENT_TYPE },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw unreachable(`${method} ${path} got no answer`, cause);
    });
    if (response.ok || response.status === NOT_FOUND) return response;
    const text = (await response.text().catch(() => '')).slice(0, 500);
    if (response.status >= 500 || response.status === 429) {
      throw unreachable(`${method} ${path} answered ${response.status}: ${text}`);
    }
    const code = response.status === CONFLICT ? 'schema_incompatible' : 'schema_refused';
    throw new Fault(code, `${method} ${path} answered ${response.status}: ${text}`, {
      retriable: false,
    });
  }

  /** The body, or null for 404. */
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await call(method, path, body);
    const answer: unknown = await response.json().catch((cause: unknown) => {
      throw unreachable(`${method} ${path} answered no JSON`, cause);
    });
    return response.status === NOT_FOUND ? null : answer;
  }

  const path = (subject: string) => encodeURIComponent(subject);
  return {
    async schemaById(id) {
      const answer = (await ask('GET', `/schemas/ids/${id}`)) as { schema: string } | null;
      return answer?.schema ?? null;
    },
    async findId(subject, schema) {
      const answer = (await ask('POST', `/subjects/${path(subject)}`, { schema })) as IdAnswer;
      return answer?.id ?? null;
    },
    async findLatest(subject) {
      const where = `/subjects/${path(subject)}/versions/latest`;
      const answer = (await ask('GET', where)) as { schema: string } | null;
      return answer?.schema ?? null;
    },
    async register(subject, schema) {
      const where = `/subjects/${path(subject)}/versions`;
      const answer = (await ask('POST', where, { schema })) as IdAnswer;
      if (answer === null) throw unreachable(`POST ${where} answered 404`);
      return answer.id;
    },
    async compatibility(subject) {
      const answer = (await ask('GET', `/config/${path(subject)}`)) as {
        compatibilityLevel: string;
      } | null;
      return answer?.compatibilityLevel ?? null;
    },
    async setCompatibility(subject, level) {
      await call('PUT', `/config/${path(subject)}`, { compatibility: level });
    },
  };
}

type IdAnswer = { readonly id: number } | null;

function unreachable(what: string, cause?: unknown): Fault {
  return new Fault('registry_unreachable', `schema registry: ${what}`, { retriable: true, cause });
}
