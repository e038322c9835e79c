import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Every file of schemas/avro whose record is kept by version. */
export const recordFiles = [
  'payment-intent.avsc',
  'decision.avsc',
  'payment-scored.avsc',
  'wallet-intent.avsc',
  'payment-event.avsc',
  'wallet-event.avsc',
  'fraud-event.avsc',
  'refund-intent.avsc',
  'refund-event.avsc',
  'dispute-intent.avsc',
  'dispute-event.avsc',
  'settlement-intent.avsc',
  'settlement-event.avsc',
  'ticket-intent.avsc',
  'ticket-event.avsc',
] as const;

/** Folder with the numbered versions of one record. */
export function versionsFolder(file: string): URL {
  return new URL(`../avro/versions/${file.replace('.avsc', '')}/`, import.meta.url);
}

/** Every version that was ever in use, oldest first. */
export function versionsOf(file: string): unknown[] {
  const folder = versionsFolder(file);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
    .map(
      (number) => JSON.parse(readFileSync(new URL(`${number}.avsc`, folder), 'utf8')) as unknown,
    );
}
