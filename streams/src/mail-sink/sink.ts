import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A message that has arrived here instead of somewhere. */
export type CaughtMail = {
  readonly messageId: string;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly atMs: number;
};

/** A mail server that keeps what it gets and sends nothing on. */
export type MailSink = {
  /** `smtp://127.0.0.1:port` */
  readonly url: string;
  /** The newest first. */
  mails(): readonly CaughtMail[];
  /** What it answers to a message: a code of SMTP to refuse it, null to take it. */
  refuseWith(code: number | null): void;
  close(): Promise<void>;
};

/** @param port 0 takes any free port of this machine · @param options.keep so many at most */
export async function openMailSink(port: number, { keep = 500 } = {}): Promise<MailSink> {
  const mails: CaughtMail[] = [];
  let refusal: number | null = null;
  const server = new SMTPServer({
    ...{ disabledCommands: ['STARTTLS', 'AUTH'], logger: false },
    onData(stream, _session, answer) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refusal !== null) {
          return answer(Object.assign(new Error('not taken'), { responseCode: refusal }));
        }
        read(Buffer.concat(chunks)).then(
          (mail) => {
            mails.unshift(mail);
            if (mails.length > keep) mails.pop();
            answer();
          },
          (error: Error) => answer(error),
        );
      });
    },
  });
  // Of a client that goes away in the middle: it will come back.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${taken}`,
    mails: () => [...mails],
    refuseWith: (code) => void (refusal = code),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function read(bytes: Buffer): Promise<CaughtMail> {
  const { messageId, to, from, subject, text } = await PostalMime.parse(bytes);
  return {
    ...{ messageId: messageId ?? '', from: from?.address ?? '', subject: subject ?? '' },
    ...{ to: to?.[0]?.address ?? '', text: text ?? '', atMs: Date.now() },
  };
}
