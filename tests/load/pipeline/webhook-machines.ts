import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  openMailSink,
  openSink,
  type Arrival,
  type Behaviour,
  type Sink,
} from '@wallet/streams/testing';

/** What a machine has to say of all that came. */
export type MachineReport = {
  readonly requests: number;
  readonly arrivals: number;
  /** Of the first arrival of each event, in seconds since it happened; sorted. */
  readonly delays: readonly number[];
  readonly last: readonly Arrival[];
};

/** An e-mail's id, and when it came; milliseconds since 1970. */
export type MailArrival = { readonly id: string; readonly atMs: number };

/** Machines of others, in a process of their own: what they cost is not ours. */
export type Machines = {
  readonly urls: readonly string[];
  readonly mailUrl: string;
  /** How many requests each has had. */
  requests(): Promise<number[]>;
  report(): Promise<MachineReport[]>;
  mailCount(): Promise<number>;
  /** Of the mail server, the newest first. */
  mails(): Promise<MailArrival[]>;
  close(): void;
};

const lastKept = 200;
const mailsKept = 1_000_000;

type Question = 'requests' | 'report' | 'mails' | 'mailCount';

export async function openMachines(behaviours: readonly Behaviour[]): Promise<Machines> {
  const child = fork(fileURLToPath(import.meta.url), [...behaviours]);
  const places = await answerOf<Pick<Machines, 'urls' | 'mailUrl'>>(child);
  const ask = <T>(question: Question): Promise<T> => {
    child.send(question);
    return answerOf<T>(child);
  };
  return {
    ...places,
    requests: () => ask('requests'),
    report: () => ask('report'),
    mailCount: () => ask('mailCount'),
    mails: () => ask('mails'),
    close: () => void child.kill(),
  };
}

function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const died = (): void => reject(new Error('the machines have ended'));
    child.once('exit', died);
    child.once('message', (message) => {
      child.off('exit', died);
      resolve(message as T);
    });
  });
}

async function serve(behaviours: readonly Behaviour[]): Promise<void> {
  const sinks = await Promise.all(behaviours.map((behaviour) => openSink(behaviour)));
  const mailSink = await openMailSink(0, { keep: mailsKept });
  const answers: Record<Question, () => unknown> = {
    requests: () => sinks.map((sink) => sink.requests()),
    report: () => sinks.map(reportOf),
    mailCount: () => mailSink.mails().length,
    mails: () => mailSink.mails().map(({ messageId, atMs }) => ({ id: idOf(messageId), atMs })),
  };
  process.on('message', (question) => process.send?.(answers[question as Question]()));
  process.on('disconnect', () => process.exit());
  process.send?.({ urls: sinks.map(({ url }) => url), mailUrl: mailSink.url });
}

/** Of `<id@host>`. */
function idOf(messageId: string): string {
  return messageId.slice(1, messageId.indexOf('@'));
}

function reportOf({ arrivals, requests }: Sink): MachineReport {
  const first = new Map<string, number>();
  for (const { id, atMs, body } of arrivals) {
    const { created_at: createdAt } = JSON.parse(body) as { created_at: string };
    if (!first.has(id)) first.set(id, (atMs - Date.parse(createdAt)) / 1_000);
  }
  const delays = [...first.values()].sort((a, b) => a - b);
  return {
    ...{ requests: requests(), arrivals: arrivals.length, delays },
    last: arrivals.slice(-lastKept),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await serve(process.argv.slice(2) as Behaviour[]);
}
