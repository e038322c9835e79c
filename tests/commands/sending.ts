import { deliver } from '../simulate/delivery.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import type { CommandKind } from './commands.ts';
import type { Command } from './known.ts';

/** A command under its key. */
export type Sent = {
  readonly kind: CommandKind;
  readonly command: Command;
  readonly key: string;
  /** Of the object or the action; null until it was accepted. */
  id: string | null;
};

export type Sender = {
  /** Everything that was sent and has a key that counts, oldest first. */
  readonly sent: readonly Sent[];
  /** What was accepted, by id. */
  readonly accepted: ReadonlyMap<string, Sent>;
  /** Keys of which no answer ever told whether they were accepted. */
  readonly unsure: ReadonlySet<string>;
  /** Answers nobody may give: a sentence each. */
  readonly wrong: readonly string[];
  /** By kind, then by word: `accepted`, or the code of the refusal. */
  readonly answers: ReadonlyMap<CommandKind, ReadonlyMap<string, number>>;
  readonly counts: { repeats: number; retries: number };
  /** A new command. */
  give(kind: CommandKind, command: Command): Promise<void>;
  /** The same again: what was accepted by then must be answered with the same id. */
  repeat(sent: Sent): Promise<void>;
};

/** What a client may be told of a command that is well formed. */
const lawful: ReadonlySet<string> = new Set([
  ...['insufficient_funds', 'account_frozen', 'invalid_state', 'not_found', 'payment_not_found'],
  ...['not_allowed_for_party', 'authorization_expired', 'capture_exceeds_authorization'],
  ...['refund_exceeds_remaining', 'payment_disputed', 'payment_not_captured', 'already_refunded'],
  ...['already_disputed', 'dispute_exceeds_remaining', 'award_out_of_range', 'same_person'],
  ...['evidence_window_closed', 'evidence_limit_reached', 'already_appealed'],
]);

/** Orders of operators, which are done or not at once; they are no intents. */
const orders: ReadonlySet<CommandKind> = new Set(['freeze', 'unfreeze']);

/** @param run unique: no two runs share a key */
export function createSender(run: string): Sender {
  const sent: Sent[] = [];
  const accepted = new Map<string, Sent>();
  const unsure = new Set<string>();
  const wrong: string[] = [];
  const answers = new Map<CommandKind, Map<string, number>>();
  const counts = { repeats: 0, retries: 0 };
  let last = 0;

  const send = async ({ command: { by, path, body }, key }: Sent): Promise<HttpAnswer | null> => {
    const { answer, retries } = await deliver(() => by.post(path, body, { key }));
    counts.retries += retries;
    return answer;
  };
  const count = (kind: CommandKind, word: string): void => {
    const words = answers.get(kind) ?? new Map<string, number>();
    words.set(word, (words.get(word) ?? 0) + 1);
    answers.set(kind, words);
  };
  const hear = (one: Sent, answer: HttpAnswer | null, hadId: string | null): void => {
    const { kind, key } = one;
    if (answer === null) {
      count(kind, 'no answer');
      if (one.id === null) unsure.add(key);
      return;
    }
    const word = wordOf(answer);
    count(kind, word === 'accepted' && orders.has(kind) ? 'done' : word);
    if (word !== 'accepted') {
      const isLawful = hadId === null && lawful.has(word);
      if (!isLawful) wrong.push(`${kind} ${key}: ${answer.status} ${answer.text}`);
      return;
    }
    if (orders.has(kind)) return;
    const id = String(answer.json?.['id']);
    if (one.id !== null && one.id !== id) wrong.push(`${kind} ${key}: ids ${one.id} and ${id}`);
    unsure.delete(key);
    if (one.id === null) one.command.accepted?.(id);
    one.id = id;
    accepted.set(id, one);
  };

  return {
    ...{ sent, accepted, unsure, wrong, answers, counts },
    async give(kind, command) {
      const one: Sent = { kind, command, key: `${run}-${last++}`, id: null };
      if (!orders.has(kind)) sent.push(one);
      hear(one, await send(one), null);
    },
    async repeat(one) {
      counts.repeats += 1;
      const hadId = one.id;
      hear(one, await send(one), hadId);
    },
  };
}

function wordOf({ status, json }: HttpAnswer): string {
  return status === 202 || status === 200 ? 'accepted' : String(json?.['code']);
}
