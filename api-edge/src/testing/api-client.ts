import { problemSchema, problemsOf } from '../http/openapi.ts';
import type { RouteDefinition } from '../http/route.ts';
import { problems, type ProblemCode } from '../problems.ts';

export type ApiAnswer = {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined without a body. */
  body: Record<string, unknown>;
  /** The body as it came. */
  text: string;
};

export type ApiRequest = {
  token?: string;
  key?: string;
  prefer?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  raw?: string | Uint8Array<ArrayBuffer>;
};

export type ApiClient = {
  /** Sends a request and checks the answer against what its operation declares. */
  call(method: string, path: string, request?: ApiRequest): Promise<ApiAnswer>;
};

/**
 * A client that trusts nothing: every answer must have a status, headers and a body that the
 * operation's definition declares, and every refusal a code that it declares.
 */
export function createApiClient(options: {
  url: string;
  definitions: readonly RouteDefinition[];
}): ApiClient {
  return {
    async call(method, path, request = {}) {
      const response = await fetch(options.url + path, {
        method,
        headers: headersOf(request),
        body: request.raw ?? (request.json === undefined ? null : JSON.stringify(request.json)),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true;
      const body = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
      const answer = { status: response.status, headers: response.headers, body, text };
      checkAnswer(definitionOf(options.definitions, method, path), answer, `${method} ${path}`);
      return answer;
    },
  };
}

function headersOf(request: ApiRequest): Record<string, string> {
  return {
    ...(request.json === undefined && request.raw === undefined
      ? {}
      : { 'Content-Type': 'application/json' }),
    ...(request.token === undefined ? {} : { Authorization: `Bearer ${request.token}` }),
    ...(request.key === undefined ? {} : { 'Idempotency-Key': request.key }),
    ...(request.prefer === undefined ? {} : { Prefer: request.prefer }),
    ...request.headers,
  };
}

function definitionOf(
  definitions: readonly RouteDefinition[],
  method: string,
  path: string,
): RouteDefinition | undefined {
  const [plain] = path.split('?');
  return definitions.find(
    (definition) =>
      definition.method === method.toLowerCase() &&
      new RegExp(`^${definition.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain ?? ''),
  );
}

function checkAnswer(
  definition: RouteDefinition | undefined,
  answer: ApiAnswer,
  label: string,
): void {
  const fail = (why: string): never => {
    throw new Error(`${label} answered ${answer.status} ${answer.text.slice(0, 500)}: ${why}`);
  };
  if (!answer.headers.has('x-request-id')) fail('no X-Request-Id');
  const response = definition?.responses[answer.status];
  if (response !== undefined) {
    const type = answer.headers.get('content-type')?.split(';', 1)[0] ?? '';
    if (response.texts?.includes(type) === true) return;
    const faults = response.schema?.safeParse(answer.body).error;
    if (faults !== undefined) fail(`not as declared: ${faults.message}`);
    return;
  }
  const problem = problemSchema.safeParse(answer.body);
  if (!problem.success) fail(`neither declared nor a problem: ${problem.error.message}`);
  const code = answer.body.code as ProblemCode;
  if (problems[code][0] !== answer.status) fail('the status is not that of the code');
  if (definition !== undefined && !problemsOf(definition).includes(code)) {
    fail(`the operation does not declare ${code}`);
  }
  if (answer.headers.get('content-type')?.startsWith('application/problem+json') !== true) {
    fail('not application/problem+json');
  }
}
