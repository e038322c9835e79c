import type { HttpClient } from '../support/http-client.ts';
import { deliver } from './delivery.ts';
import { textOf } from './told.ts';

/** Somebody with a login. */
export type Owner = { readonly email: string; readonly password: string };

export type Sessions = {
  /** Logs in at the first call and again before the access token runs out. */
  bearerOf(owner: Owner): Promise<string>;
};

/** Access tokens live for minutes: a run may be longer. */
const renewBeforeMs = 60_000;

/** @throws when a login is refused: nothing can be simulated without it */
export function createSessions(client: HttpClient): Sessions {
  const open = new Map<Owner, Promise<{ bearer: string; renewAtMs: number }>>();

  const logIn = async (owner: Owner): Promise<{ bearer: string; renewAtMs: number }> => {
    const { answer } = await deliver(() =>
      client.send({
        method: 'POST',
        path: '/login',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: owner.email, password: owner.password }),
      }),
    );
    if (answer === null) throw new Error(`the edge does not answer the login of ${owner.email}`);
    if (answer.status !== 200 || answer.json === undefined) {
      throw new LoginRefused(owner, `${answer.status} ${answer.text}`);
    }
    const lifetimeMs = Number(answer.json['expires_in']) * 1_000;
    return {
      bearer: `Bearer ${textOf(answer.json, 'access_token')}`,
      renewAtMs: performance.now() + Math.max(lifetimeMs - renewBeforeMs, lifetimeMs / 2),
    };
  };
  const renew = (owner: Owner): ReturnType<typeof logIn> => {
    const session = logIn(owner);
    open.set(owner, session);
    session.catch(() => open.delete(owner)); // the next call tries again; this one throws below
    return session;
  };

  return {
    async bearerOf(owner) {
      const session = await (open.get(owner) ?? renew(owner));
      if (performance.now() < session.renewAtMs) return session.bearer;
      // Somebody else may have renewed it while we looked.
      const current = await (open.get(owner) ?? renew(owner));
      return current.renewAtMs > performance.now() ? current.bearer : (await renew(owner)).bearer;
    },
  };
}

export class LoginRefused extends Error {
  readonly retriable = false;
  readonly code = 'login_refused';

  constructor(owner: Owner, why: string) {
    super(`${owner.email} cannot log in: ${why}`);
    this.name = 'LoginRefused';
  }
}
