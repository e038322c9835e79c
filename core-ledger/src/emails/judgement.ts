/** How a try to hand a message over ended. */
export type MailResult =
  | { readonly isSent: true }
  /** `isFinal`: the server will not take this message, ever. */
  | { readonly isSent: false; readonly isFinal: boolean; readonly error: string };

export type MailJudgement = {
  readonly outcome: 'sent' | 'retry' | 'failed';
  /** Until the next try. */
  readonly waitMs: number;
};

const minute = 60_000;
const hour = 60 * minute;

/** From each try to the next: two days in all, as mail servers do. */
const waitsMs: readonly number[] = [
  ...[1 * minute, 5 * minute, 30 * minute, 2 * hour],
  ...[6 * hour, 12 * hour, 24 * hour],
];
/** Those who failed together do not come back together: a wait is longer by up to this part. */
const jitter = 0.2;

/**
 * @param attempts tries so far, this one included
 * @param random from 0 to 1
 */
export function judgeMail(attempts: number, result: MailResult, random: number): MailJudgement {
  if (result.isSent) return { outcome: 'sent', waitMs: 0 };
  const waitMs = waitsMs[attempts - 1];
  if (result.isFinal || waitMs === undefined) return { outcome: 'failed', waitMs: 0 };
  return { outcome: 'retry', waitMs: Math.round(waitMs * (1 + jitter * random)) };
}
