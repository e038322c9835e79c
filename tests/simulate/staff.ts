import { LoginRefused, type Owner, type Sessions } from './sessions.ts';

/** Who decides what others have asked for. */
export type Staff = {
  readonly analyst: Owner;
  readonly operator: Owner;
  /** Who lets money go that the other one has asked for. */
  readonly approver: Owner;
};

const password = 'sandbox-Password-1';

/** The sandbox's staff; null where there is no sandbox: then what needs them is left open. */
export async function findStaff(sessions: Sessions): Promise<Staff | null> {
  const [analyst, operator, approver] = ['analyst1', 'operator1', 'operator2'].map((name) => ({
    ...{ email: `${name}@wallet.test`, password },
  }));
  if (analyst === undefined || operator === undefined || approver === undefined) return null;
  try {
    await Promise.all([analyst, operator, approver].map((one) => sessions.bearerOf(one)));
    return { analyst, operator, approver };
  } catch (error) {
    if (error instanceof LoginRefused) return null;
    throw error;
  }
}
