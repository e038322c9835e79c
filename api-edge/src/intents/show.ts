import type { Answer, Caller } from '../http/call.ts';
import { refuse } from '../problems.ts';
import type { IntentIds } from './intent-ids.ts';
import type { IntentLog } from './intent-log.ts';
import type { AnyIntent, IntentKind } from './intent-noun.ts';
import type { RecentIntents } from './recent-intents.ts';
import type { SharedMemory } from './shared-memory.ts';

/** Answers `GET /<noun>/{id}`. */
export type Show = <Intent extends AnyIntent, Shown extends { status: string }>(
  caller: Caller,
  kind: IntentKind<Intent, Shown>,
  id: string,
) => Promise<Answer>;

/**
 * Where an object is looked for, in this order: the ledger (only it knows later states, so while
 * it is away nothing is shown), what this instance accepted of late, what all accepted (Redis). If
 * none knows it, the id itself tells whether we gave it to this caller: then it is 503, as an
 * accepted object is never 404.
 */
export function createShow(dependencies: {
  ids: IntentIds;
  memory: SharedMemory;
  intentLog: IntentLog;
  recent: RecentIntents;
}): Show {
  const { ids, memory, intentLog, recent } = dependencies;

  const acceptedIntent = async (id: string): Promise<Buffer | null> => {
    const own = recent.get(id);
    if (own !== undefined) return own;
    try {
      const remembered = await memory.read(id);
      return remembered.state === 'accepted' ? remembered.intent : null;
    } catch {
      return null; // Redis is away: the id has the last word
    }
  };

  return async (caller, kind, givenId) => {
    const id = givenId.toLowerCase();
    const found = await kind.find(id);
    if (found !== null) {
      if (!kind.maySee(caller, found.parties)) return refuse('not_found');
      return { status: 200, body: found.shown };
    }
    const bytes = await acceptedIntent(id);
    if (bytes === null) {
      return refuse(ids.proves(id, kind.noun, caller.userId) ? 'state_unavailable' : 'not_found');
    }
    const intent = await intentLog.decode(kind.topic, bytes);
    if (!kind.maySee(caller, kind.partiesOf(intent))) return refuse('not_found');
    return { status: 200, body: kind.first(intent) };
  };
}
