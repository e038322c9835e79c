import { hash, randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { insertServiceClient, revokeServiceClient, rotateClientSecret } from '@wallet/core-ledger';
import type { Database } from '@wallet/core-ledger';
import { isId, withDatabase } from './identity-database.ts';
import type { Command, CommandContext } from './table.ts';

/** Long enough to give a new secret to every machine of a back end. */
const usualOverlapSeconds = 86_400;
const longestOverlapSeconds = 30 * 86_400;

type Action = (
  database: Database,
  given: { id: string; overlapSeconds: number },
  context: CommandContext,
) => Promise<number>;

const newSecret = (): { secret: string; secretHash: Buffer } => {
  const secret = randomBytes(32).toString('base64url');
  return { secret, secretHash: hash('sha256', secret, 'buffer') };
};

const actions: Readonly<Record<string, Action>> = {
  register: async ({ knex }, { id: userId }, { print }) => {
    const [id, { secret, secretHash }] = [randomUUID(), newSecret()];
    if (!(await insertServiceClient(knex, { id, userId, secretHash }))) {
      print(`there is no merchant ${userId}`);
      return 1;
    }
    print(`client_id      ${id}`);
    print(`client_secret  ${secret}`);
    print('The secret is shown once and kept nowhere.');
    return 0;
  },
  'rotate-secret': async ({ knex }, { id, overlapSeconds }, { print }) => {
    const { secret, secretHash } = newSecret();
    const rotation = { id, secretHash, previousSeconds: overlapSeconds };
    if (!(await rotateClientSecret(knex, rotation))) {
      print(`there is no client ${id}`);
      return 1;
    }
    print(`client_secret  ${secret}`);
    print(`The one before is good for another ${overlapSeconds} s.`);
    return 0;
  },
  revoke: async ({ knex }, { id }, { print }) => {
    const revoked = await revokeServiceClient(knex, id);
    print(revoked ? `revoked ${id}: its tokens end within seconds` : `there is no client ${id}`);
    return revoked ? 0 : 1;
  },
};

/** Back ends of merchants: who may ask for tokens by client credentials. */
export const clientCommand: Command = async (args, context) => {
  const asked = readArguments(args);
  if (asked === null) {
    context.print(
      'usage: npm run wallet -- client register MERCHANT-ID | revoke CLIENT-ID\n' +
        '       npm run wallet -- client rotate-secret CLIENT-ID [--overlap SECONDS]',
    );
    return 2;
  }
  return withDatabase(context, (database) => asked.action(database, asked, context));
};

function readArguments(
  args: readonly string[],
): { action: Action; id: string; overlapSeconds: number } | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { overlap: { type: 'string', default: String(usualOverlapSeconds) } },
    });
    const [name = '', id, ...rest] = positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    const overlapSeconds = Number(values.overlap);
    const fits = Number.isInteger(overlapSeconds) && overlapSeconds >= 0;
    if (action === undefined || !isId(id) || rest.length > 0) return null;
    return fits && overlapSeconds <= longestOverlapSeconds ? { action, id, overlapSeconds } : null;
  } catch {
    return null; // an unknown option: the usage says what there is
  }
}
