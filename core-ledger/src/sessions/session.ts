import type { UserRole } from '../users/user.ts';

/** One login and the family of refresh tokens that grows from it. */
export type Session = {
  id: string;
  userId: string;
  /** The role now, which a refreshed token takes over. */
  role: UserRole;
  /** Which refresh token of the family is good; earlier ones were used. */
  refreshGeneration: number;
};

/** What became of a refresh token. */
export type Rotation =
  | { ok: true; session: Session }
  /** `reused`: the token was used before, so the whole session has been revoked. */
  | { ok: false; reason: 'ended' | 'reused' };
