import { SetupFault } from '../setup-fault.ts';

/** The API as an operator has it; answers are what the API's document says of their bodies. */
export type OperatorSession = {
  get<Body>(path: string): Promise<Body>;
  /** Waits a while for what becomes of it. One key is done once. */
  post<Body>(path: string, body: object, key: string): Promise<Body>;
};

const waitSeconds = 10;
const silenceMs = 30_000;

/** Faults: a SetupFault, with what the API says, for every refusal. */
export async function openOperatorSession(
  edgeUrl: string,
  { email, password }: { email: string; password: string },
): Promise<OperatorSession> {
  const send = async <Body>(
    path: string,
    method: string,
    headers: object,
    body?: object,
  ): Promise<Body> => {
    const answer = await fetch(new URL(path, edgeUrl), {
      ...{ method, signal: AbortSignal.timeout(silenceMs) },
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const told: unknown = await answer.json();
    if (answer.ok) return told as Body;
    const { code, title } = told as { code: string; title: string };
    throw new SetupFault(`${method} ${path} was refused: ${answer.status} ${code}.`, title);
  };
  const credentials = { email, password };
  const { access_token: token } = await send<{ access_token: string }>(
    '/login',
    'POST',
    {},
    credentials,
  );
  const authorization = `Bearer ${token}`;
  return {
    get: (path) => send(path, 'GET', { authorization }),
    post: (path, body, key) =>
      send(
        path,
        'POST',
        { authorization, 'idempotency-key': key, prefer: `wait=${waitSeconds}` },
        body,
      ),
  };
}
