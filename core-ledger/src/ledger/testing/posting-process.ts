import { createDatabase } from '../../database/database.ts';
import { createLedger } from '../ledger.ts';
import { move } from './ledger-stage.ts';

/**
 * A process that posts batches of 500 between two accounts for as long as it lives, and writes a
 * line for each batch that was answered. Arguments: the database's URL and the two accounts.
 */
const [url = '', from = '0', to = '0'] = process.argv.slice(2);
const database = createDatabase({ url, applicationName: 'posting process' });
const ledger = createLedger({ db: database, clock: { nowMs: Date.now } });
for (;;) {
  const items = Array.from({ length: 500 }, () => move(BigInt(from), BigInt(to), 1n));
  const results = await ledger.post(items);
  process.stdout.write(`${results.filter(({ ok }) => ok).length}\n`);
}
