import { ConfigError } from '@wallet/runtime';
import { openMailPage } from '../mail-sink/page.ts';
import { openMailSink } from '../mail-sink/sink.ts';
import type { Context, Running } from '../runner/context.ts';
import { createAskIdentity } from '../runner/identity.ts';
import { createFindAddresses } from './addresses.ts';
import { createMailer } from './mailer.ts';
import { createEmailMeter } from './meter.ts';
import { createPostman } from './postman.ts';

/** Beside webhooks, where there is a way out. */
export async function startEmails(context: Context): Promise<Running> {
  const { settings, database, log, metrics, clock, onClose } = context;
  const findAddresses = createFindAddresses(createAskIdentity(settings, 'e-mails'));
  const smtp = settings.WALLET_SMTP_URL ?? (await openSink(context));
  const mailer = createMailer({ url: smtp, from: settings.WALLET_MAIL_FROM });
  onClose('mailer', () => mailer.close());
  const postman = createPostman({
    ...{ database, findAddresses, mailer, log, clock },
    meter: createEmailMeter(metrics),
  });
  postman.start();
  onClose('e-mails', () => postman.stop());
  return { problem: () => postman.problem() };
}

/** Where no mail server is named: nothing leaves this machine, and a page shows what would have. */
async function openSink({ settings, onClose }: Context): Promise<string> {
  const { MAIL_PAGE_PORT: port } = settings;
  if (port === undefined) {
    throw new ConfigError([
      'e-mails need WALLET_SMTP_URL, or MAIL_PAGE_PORT for a sink of our own',
    ]);
  }
  const sink = await openMailSink(0);
  onClose('mail sink', () => sink.close());
  const page = await openMailPage(port, sink);
  onClose('mail page', () => page.close());
  return sink.url;
}
