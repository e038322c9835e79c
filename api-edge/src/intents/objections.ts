import type { Answer, Caller } from '../http/call.ts';
import type { Refusal } from '../problems.ts';
import { giveUp, judgeByLedger } from './standing.ts';
import type { Request, Standing, StandingDependencies } from './standing.ts';

export type ObjectionDependencies = {
  /** What stands against doing this from the ticket that the call names. */
  objectionToTicket(caller: Caller, ticketId: string): Promise<Refusal | null>;
};

type Weighed = { standing: Standing; against: Answer | null };

/**
 * Whether a new request is refused. What stands against it may be what an earlier try of it has
 * done: a try that is on its way must not be answered by its own effect, and before anything is
 * refused the ledger is asked whether it knows the request already.
 */
export async function weigh(
  dependencies: StandingDependencies & ObjectionDependencies,
  asked: { request: Request; objection: Answer | null },
  standing: Standing,
): Promise<Weighed> {
  if (standing.state !== 'new' || standing.unsure) return { standing, against: null };
  const { request, objection } = asked;
  const against = objection ?? (await objectionToTicket(dependencies, request.call));
  if (against === null) return { standing, against };
  await giveUp(dependencies, request);
  return { standing: await judgeByLedger(dependencies, request, standing.known), against };
}

async function objectionToTicket(
  dependencies: ObjectionDependencies,
  { caller, ticketId }: Request['call'],
): Promise<Refusal | null> {
  return ticketId === null ? null : dependencies.objectionToTicket(caller, ticketId);
}
