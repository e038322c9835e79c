import { createDatabase, readGauges, readSafeguarding, type Waiting } from '@wallet/core-ledger';
import { findDatabaseUrl } from './addresses.ts';
import type { Command } from './table.ts';

/**
 * What of merchants' money waits for a second person or for a bank, and whether banks hold what
 * wallets own. A finding: a bank that has been silent for three days, or books that differ.
 */
export const settlementsCommand: Command = async (args, { environment, print }) => {
  if (args.length > 0) {
    print('usage: npm run wallet -- settlements');
    return 2;
  }
  const url = findDatabaseUrl(environment);
  const database = createDatabase({ url, applicationName: 'wallet-settlements', poolSize: 1 });
  try {
    const { settlements, inTransit } = await readGauges(database.knex);
    print(`to approve  ${wordsOf(settlements.pending_approval)}`);
    print(`in transit  ${wordsOf(settlements.in_transit)}`);
    const isLate = inTransit.filter(({ minorByAge }) => minorByAge.older > 0n);
    for (const { currency, minorByAge } of isLate) {
      print(
        `✗ ${currency}: ${minorByAge.older} minor units for more than three days: ask the bank`,
      );
    }
    const books = await readSafeguarding(database.knex);
    for (const row of books) {
      const { currency, heldMinor, liabilitiesMinor, inTransitMinor, suspenseMinor } = row;
      const { provisionalMinor, ownMinor, differenceMinor } = row;
      print(
        `${differenceMinor === 0n ? '✓' : '✗'} ${currency}: held ${heldMinor}; wallets own ` +
          `${liabilitiesMinor}, in transit ${inTransitMinor}, suspense ${suspenseMinor}, ` +
          `provisional ${provisionalMinor}, our own ${ownMinor}; difference ${differenceMinor}`,
      );
    }
    const isWell = isLate.length === 0 && books.every((row) => row.differenceMinor === 0n);
    return isWell ? 0 : 1;
  } finally {
    await database.close();
  }
};

function wordsOf({ count, oldestAtMs }: Waiting): string {
  if (oldestAtMs === null) return 'none';
  return `${count}, the oldest since ${new Date(oldestAtMs).toISOString()}`;
}
