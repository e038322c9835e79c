import type { MailResult } from '@wallet/core-ledger';
import { createTransport } from 'nodemailer';
import type { Address } from './addresses.ts';

/** A message as somebody reads it. */
export type Message = {
  /** The same at every try: mail servers and readers know a second arrival by it. */
  readonly id: string;
  readonly to: Address;
  readonly subject: string;
  readonly text: string;
};

/** Hands messages over to a mail server; never throws. */
export type Mailer = {
  send(message: Message): Promise<MailResult>;
  close(): void;
};

/** A server that says nothing for so long is given up for this time. */
const silenceMs = 10_000;
const connections = 4;

/** @param options.url WALLET_SMTP_URL · @param options.from WALLET_MAIL_FROM */
export function createMailer(options: { url: string; from: string }): Mailer {
  const { url, from } = options;
  const { hostname } = new URL(url);
  const transport = createTransport({
    ...{ url, pool: true, maxConnections: connections },
    ...{ connectionTimeout: silenceMs, greetingTimeout: silenceMs, socketTimeout: silenceMs },
    // What a message says is data, never a place to read from.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  return {
    async send({ id, to, subject, text }) {
      try {
        await transport.sendMail({
          ...{ from, to: { name: to.name, address: to.email }, subject, text },
          messageId: `<${id}@${hostname}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return { isSent: true };
      } catch (error) {
        return resultOf(error as Error & { responseCode?: number; code?: string });
      }
    },
    close: () => transport.close(),
  };
}

/** A word of ours: what servers say names the address. */
function resultOf(error: { responseCode?: number; code?: string }): MailResult {
  const { responseCode, code = '' } = error;
  if (responseCode !== undefined) {
    // 5yz is final (RFC 5321), but that we may not log in is for us to mend.
    const isFinal = responseCode >= 500 && code !== 'EAUTH';
    return { isSent: false, isFinal, error: `smtp_${responseCode}` };
  }
  if (code === 'ETIMEDOUT') return { isSent: false, isFinal: false, error: 'timeout' };
  // Nobody could ever send this: the address is none.
  if (code === 'EENVELOPE') return { isSent: false, isFinal: true, error: 'bad_address' };
  return { isSent: false, isFinal: false, error: 'unreachable' };
}
