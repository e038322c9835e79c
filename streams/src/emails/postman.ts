import {
  claimMails,
  judgeMail,
  renderDigest,
  renderMessage,
  settleMails,
  type ClaimedMail,
  type Database,
  type MailOutcome,
} from '@wallet/core-ledger';
import type { Clock, Log } from '@wallet/runtime';
import { pause } from '../runner/retry.ts';
import { createWorkerLoop, type WorkerLoop } from '../runner/worker-loop.ts';
import type { Address, Addresses, FindAddresses } from './addresses.ts';
import type { Mailer } from './mailer.ts';
import type { EmailMeter } from './meter.ts';

/** How soon something new is seen; and between two full rounds. */
const lookMs = 500;
/** Messages of one round; those behind a server that hangs wait for its silence to end. */
const messagesPerRound = 50;
/** Longer than any round: a try ends after a minute at most. */
const leaseMs = 5 * 60_000;
/** Until those are looked at again that nobody could address. */
const returnedMs = 5_000;

type Dependencies = {
  database: Database;
  findAddresses: FindAddresses;
  mailer: Mailer;
  meter: EmailMeter;
  log: Log;
  clock: Clock;
};

/**
 * Sends e-mails that are due, and once a day what was held back, each at least once. Any number of
 * postmen may run. One that dies between handing over and writing so sends again, under the same
 * Message-ID.
 */
export function createPostman(deps: Dependencies): WorkerLoop {
  const sendDue = createRound(deps);
  return createWorkerLoop({
    work: 'e-mails',
    log: deps.log,
    async round(signal) {
      const sent = await sendDue();
      if (sent < messagesPerRound) await pause(lookMs, signal);
    },
  });
}

/** Sends what is due now, as far as a round goes; answers how many messages there were. */
function createRound(deps: Dependencies): () => Promise<number> {
  const { database, findAddresses, mailer, meter, log, clock } = deps;

  async function deliver(mail: ClaimedMail, address: Address | undefined): Promise<MailOutcome> {
    if (address === undefined || mail.language === null) {
      const error = address === undefined ? 'no_address' : 'not_wanted';
      return { mail, outcome: 'suppressed', waitMs: 0, error };
    }
    const { emails, isDigest, language } = mail;
    const [first] = emails;
    const text = isDigest ? renderDigest(emails, language) : renderMessage(first, language);
    const id = isDigest ? `${first.id}.digest` : first.id;
    const result = await mailer.send({ id, to: address, ...text });
    const judgement = judgeMail(first.attempts, result, Math.random());
    meter.ended(mail, judgement.outcome, clock.nowMs());
    return { mail, ...judgement, error: result.isSent ? null : result.error };
  }

  /** When nobody can say where they go, they go back. */
  async function addressesOf(mails: readonly ClaimedMail[]): Promise<Addresses> {
    try {
      return await findAddresses([...new Set(mails.map((mail) => mail.recipientId))]);
    } catch (error) {
      const returned = { outcome: 'returned', waitMs: returnedMs, error: null } as const;
      await settleMails(
        database,
        mails.map((mail) => ({ mail, ...returned })),
      );
      throw error;
    }
  }

  return async () => {
    const mails = await claimMails(database, { messages: messagesPerRound, leaseMs });
    if (mails.length === 0) return 0;
    const addresses = await addressesOf(mails);
    const outcomes = await Promise.all(
      mails.map((mail) => deliver(mail, addresses.get(mail.recipientId))),
    );
    await settleMails(database, outcomes);
    const failed = outcomes.filter(({ outcome }) => outcome === 'retry' || outcome === 'failed');
    if (failed.length > 0) {
      const errors = [...new Set(failed.map(({ error }) => error))];
      log.warn({ messages: failed.length, errors }, 'e-mails were not taken');
    }
    return mails.length;
  };
}
