import type { NotificationTemplate } from '../notification.ts';
import { mailedToAll } from '../preferences.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import type { Text, Texts } from './text.ts';

/** The languages that are spoken, by their tag without a region; the first for all others. */
export const languages: Readonly<Record<string, Texts>> = { en: english, de: german };

/** `de-AT` is served by `de`, and what nobody speaks by English. */
export function textsFor(language: string): Texts {
  return languages[language.split('-')[0]?.toLowerCase() ?? ''] ?? english;
}

/** What a template says from now on. */
export function versionInForce(template: NotificationTemplate): number {
  return english.templates[template].length;
}

/** What a notification was about, and how it was said when it happened. */
export type Told = {
  readonly template: NotificationTemplate;
  readonly version: number;
  /** JSON text. */
  readonly data: string;
};

/** So many are told of in the message of a day. */
const mostInDigest = 50;

/** One message about one notification. */
export function renderMessage(told: Told, language: string): Text {
  const { subject, text } = rendered(told, language);
  const { closing, closingToAll } = textsFor(language);
  const end = mailedToAll.has(told.template) ? closingToAll : closing;
  return { subject, text: `${text}\n\n${end}\n` };
}

/** One message about several. */
export function renderDigest(told: readonly Told[], language: string): Text {
  const { digest, more, closing } = textsFor(language);
  const count = { count: String(told.length) };
  const beyond = { count: String(told.length - mostInDigest) };
  const parts = told.slice(0, mostInDigest).map((one) => {
    const { subject, text } = rendered(one, language);
    return `— ${subject}\n${text}`;
  });
  return {
    subject: filled(digest.subject, count),
    text: [
      ...[digest.text, ...parts],
      ...(told.length > mostInDigest ? [filled(more, beyond)] : []),
      `${closing}\n`,
    ].join('\n\n'),
  };
}

function rendered({ template, version, data }: Told, language: string): Text {
  const texts = textsFor(language).templates[template];
  // A version that this process does not know is of a newer one: the newest here is nearest.
  const { subject, text } = texts[version - 1] ?? texts.at(-1) ?? texts[0];
  const values = valuesOf(JSON.parse(data) as Record<string, unknown>, language);
  return { subject: filled(subject, values) || template, text: filled(text, values) };
}

/** Lines whose every name is there. */
function filled(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text.split('\n').flatMap((line) => {
    const names = [...line.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
    if (!names.every((name) => Object.hasOwn(values, name))) return [];
    return [line.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '')];
  });
  return lines.join('\n');
}

/** Numbers, texts and the amount; no control character gets into a header by them. */
function valuesOf(data: Readonly<Record<string, unknown>>, language: string) {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(data)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    values[name] = String(value).replace(/\p{Cc}+/gu, ' ');
  }
  const amount = amountOf(values['amount_minor'], values['currency'], language);
  return amount === null ? values : { ...values, amount };
}

/** In the words of the language: exact, whatever the size. Null when it is no amount of money. */
function amountOf(
  minor: string | undefined,
  currency: string | undefined,
  language: string,
): string | null {
  if (minor === undefined || !/^\d{1,18}$/.test(minor)) return null;
  if (currency === undefined || !/^[A-Z]{3}$/.test(currency)) return null;
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  const places = format.resolvedOptions().maximumFractionDigits ?? 0;
  const digits = minor.padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const decimal = places === 0 ? whole : `${whole}.${digits.slice(-places)}`;
  return format.format(decimal as Intl.StringNumericLiteral);
}
