import { describe, expect, it } from '@jest/globals';
import { notificationTemplates } from '../notification.ts';
import { languages, renderDigest, renderMessage, textsFor, versionInForce } from './render.ts';

/** All that events say, of every kind. */
const data = {
  ...{ payment_id: 'P-1', refund_id: 'R-1', dispute_id: 'D-1', settlement_id: 'S-1' },
  ...{ ticket_id: 'T-1', stage: 'chargeback', reason: 'fraud', status: 'won' },
  ...{ amount_minor: 123_456, currency: 'EUR', failure_code: 'insufficient_funds' },
  ...{ title: 'A title', text: 'A text' },
};
const told = (template: (typeof notificationTemplates)[number], more: object = {}) => ({
  ...{ template, version: versionInForce(template) },
  data: JSON.stringify({ ...data, ...more }),
});

describe.each(Object.keys(languages))('in %s', (language) => {
  it.each(notificationTemplates)('%s, every version of it', (template) => {
    const versions = textsFor(language).templates[template];
    expect(versions).toHaveLength(versionInForce(template));
    for (const [at, { text }] of versions.entries()) {
      const message = renderMessage({ ...told(template), version: at + 1 }, language);
      expect(message.subject).toMatch(/^[^{}\n]{3,}$/);
      expect(message.text).not.toMatch(/[{}]/);
      // Nothing was left out: each name stands for something that events say.
      expect(message.text.split('\n').length).toBe(text.split('\n').length + 3);
    }
  });

  it('a digest', () => {
    const many = Array.from({ length: 53 }, (_, at) =>
      told('ticket.replied', { ticket_id: `T-${at}` }),
    );
    const { subject, text } = renderDigest(many, language);
    expect(subject).toContain('53');
    expect(text).toContain('T-49');
    expect(text).not.toContain('T-50');
    expect(text).toMatch(/\b3\b/);
    expect(text).not.toMatch(/[{}]/);
  });
});

it('languages say the same of the same things', () => {
  const namesIn = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const [first, ...others] = Object.values(languages).map(({ templates }) =>
    notificationTemplates.map((template) => templates[template].map(({ text }) => namesIn(text))),
  );
  for (const other of others) expect(other).toEqual(first);
});

it('a region is served by its language, and a language that nobody speaks by English', () => {
  expect(textsFor('de-AT')).toBe(languages.de);
  expect(textsFor('fr')).toBe(languages.en);
});

describe('amounts', () => {
  it.each([
    ['en', 123_456, 'USD', '$1,234.56'],
    ['de', 123_456, 'EUR', '1.234,56 €'],
    ['en', 5, 'USD', '$0.05'],
    ['en', 1_234, 'JPY', '¥1,234'],
    ['en', 1_234, 'KWD', 'KWD 1.234'],
    ['en', 9_007_199_254_740_991, 'USD', '$90,071,992,547,409.91'],
  ])('%s %s %s', (language, amount_minor, currency, shown) => {
    const { subject } = renderMessage(
      told('payment.captured', { amount_minor, currency }),
      language,
    );
    expect(subject.replace(/\s/g, ' ')).toContain(shown);
  });
});

it('a line of which the data lacks something is left out', () => {
  const { text } = renderMessage(
    { template: 'payment.failed', version: 1, data: JSON.stringify({ payment_id: 'P-1' }) },
    'en',
  );
  expect(text).not.toContain('Reason');
  expect(text).toContain('P-1');
});

it('values bring no line of their own, in headers least', () => {
  const { subject } = renderMessage(
    told('generic.message', { title: 'Hello\r\nBcc: someone@else.example' }),
    'en',
  );
  expect(subject).toBe('Hello Bcc: someone@else.example');
});

it('a version from the future is said as the newest that is known', () => {
  const newest = renderMessage(told('payment.captured'), 'en');
  expect(renderMessage({ ...told('payment.captured'), version: 99 }, 'en')).toEqual(newest);
});
