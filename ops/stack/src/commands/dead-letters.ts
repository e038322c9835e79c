import { inspect, parseArgs } from 'node:util';
import { createDatabase } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createWire } from '@wallet/schemas';
import { createLetterBox, letterTopics, type LetterBox } from '../dead-letters/letter-box.ts';
import { nameOf, readName, type Letter } from '../dead-letters/letter.ts';
import { findDatabaseUrl, findWireAddress } from './addresses.ts';
import type { Command, CommandContext } from './table.ts';

const usage = `usage: npm run wallet -- dead-letters list [--topic TOPIC] [--reason REASON] [--all]
       npm run wallet -- dead-letters show TOPIC/PARTITION/OFFSET
       npm run wallet -- dead-letters redrive PLACE… | --topic TOPIC [--reason REASON] [--dry-run]
       npm run wallet -- dead-letters dismiss PLACE… --because TEXT [--dry-run]`;

/** A screen or two; the rest is told as a number. */
const shownLetters = 50;

type Asked = {
  readonly action: Action;
  readonly places: readonly string[];
  readonly topic: string | undefined;
  readonly reason: string | null;
  readonly because: string | undefined;
  readonly all: boolean;
  readonly dryRun: boolean;
};

type Action = (box: LetterBox, asked: Asked, print: CommandContext['print']) => Promise<number>;

const list: Action = async (box, asked, print) => {
  const letters = await box.list({ ...asked, topics: topicsOf(asked) });
  if (letters.length === 0) print('no dead letters');
  for (const letter of letters.slice(0, shownLetters)) print(lineOf(letter));
  if (letters.length > shownLetters) print(`… and ${letters.length - shownLetters} older ones`);
  return letters.length === 0 ? 0 : 1;
};

const show: Action = async (box, { places }, print) => {
  const [place] = places.map(readName);
  const letter = place ? await box.find(place) : null;
  if (letter === null) {
    print(`there is no dead letter ${places[0] ?? ''}`);
    return 1;
  }
  print(lineOf(letter));
  for (const [name, value] of Object.entries(letter.record.headers)) print(`  ${name}: ${value}`);
  print(`  key: ${letter.record.key ?? ''}`);
  const found = await box.read(letter);
  print(
    found.ok
      ? inspect(found.value, { depth: null, breakLength: 100 })
      : `  cannot be read: ${found.detail}`,
  );
  if (!found.ok) print(`  ${letter.record.value?.subarray(0, 256).toString('hex') ?? 'no value'}`);
  return 0;
};

/** Does `act` to the letters that are asked for; `refuse` says why one must stay. */
async function handle(
  box: LetterBox,
  asked: Asked,
  print: CommandContext['print'],
  work: {
    verb: string;
    refuse: (letter: Letter) => Promise<string | null>;
    act: (letters: Letter[]) => Promise<void>;
  },
): Promise<number> {
  const { fits, missing } = await chosen(box, asked);
  for (const name of missing) print(`there is no open dead letter ${name}`);
  const good: Letter[] = [];
  for (const letter of fits) {
    const refusal = await work.refuse(letter);
    if (refusal === null) good.push(letter);
    print(`${refusal === null ? work.verb : `kept (${refusal})`}  ${lineOf(letter)}`);
  }
  if (!asked.dryRun && good.length > 0) await work.act(good);
  const done = asked.dryRun ? 'would be' : 'were';
  print(`${good.length} of ${fits.length} ${done} ${work.verb}`);
  return missing.length === 0 && good.length === fits.length ? 0 : 1;
}

const redrive: Action = (box, asked, print) =>
  handle(box, asked, print, {
    verb: 'redriven',
    refuse: async (letter) => {
      const found = await box.read(letter);
      return found.ok ? null : found.detail;
    },
    act: (letters) => box.redrive(letters),
  });

const dismiss: Action = (box, asked, print) =>
  handle(box, asked, print, {
    verb: 'dismissed',
    refuse: async () => null,
    act: (letters) => box.dismiss(letters, asked.because ?? ''),
  });

const actions: Readonly<Record<string, { run: Action; fits: (asked: Asked) => boolean }>> = {
  list: { run: list, fits: ({ places }) => places.length === 0 },
  show: { run: show, fits: ({ places }) => places.length === 1 && places.every(readName) },
  redrive: {
    run: redrive,
    // Everything there is must be said by the name of a topic at least.
    fits: ({ places, topic }) => places.length > 0 !== (topic !== undefined) && areNames(places),
  },
  dismiss: {
    run: dismiss,
    fits: ({ places, because }) => places.length > 0 && areNames(places) && because !== undefined,
  },
};

/** What processors set aside: look at it, and send it again once its cause is mended. */
export const deadLettersCommand: Command = async (args, context) => {
  const asked = readArguments(args);
  if (asked === null) {
    context.print(usage);
    return 2;
  }
  const database = createDatabase({
    url: findDatabaseUrl(context.environment),
    applicationName: 'wallet-dead-letters',
    poolSize: 1,
  });
  const wire = await createWire({
    ...findWireAddress(context.environment),
    clientId: 'wallet-dead-letters',
    log: createLog({ role: 'dead-letters', level: 'error' }),
    metrics: createMetrics({ role: 'dead-letters' }),
  });
  try {
    return await asked.action(createLetterBox({ wire, database }), asked, context.print);
  } finally {
    await wire.close();
    await database.close();
  }
};

async function chosen(
  box: LetterBox,
  asked: Asked,
): Promise<{ fits: Letter[]; missing: readonly string[] }> {
  const open = await box.list({ ...asked, all: false, topics: topicsOf(asked) });
  if (asked.places.length === 0) return { fits: open.reverse(), missing: [] };
  const byName = new Map(open.map((letter) => [nameOf(letter.place), letter]));
  return {
    fits: asked.places.flatMap((name) => byName.get(name) ?? []),
    missing: asked.places.filter((name) => !byName.has(name)),
  };
}

function topicsOf({ topic, places }: Asked): readonly string[] {
  if (topic !== undefined) return [topic];
  if (places.length === 0) return letterTopics;
  const named = new Set(places.map((place) => readName(place)?.topic));
  return letterTopics.filter((name) => named.has(name));
}

function lineOf({ place, record, why, detail, handled }: Letter): string {
  const at = new Date(record.timestampMs).toISOString();
  const done = handled === null ? '' : `  [${handled.outcome}]`;
  return `${nameOf(place).padEnd(28)}  ${at}  ${why.padEnd(18)}  ${detail}${done}`;
}

const areNames = (places: readonly string[]): boolean => places.every((place) => readName(place));

function readArguments(args: readonly string[]): Asked | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        topic: { type: 'string' },
        reason: { type: 'string' },
        because: { type: 'string' },
        all: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
      },
    });
    const [name = '', ...places] = positionals;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) return null;
    if (values.topic !== undefined && !letterTopics.includes(values.topic)) return null;
    const asked = {
      ...values,
      places,
      action: action.run,
      topic: values.topic,
      reason: values.reason ?? null,
      because: values.because,
      dryRun: values['dry-run'],
    };
    return action.fits(asked) ? asked : null;
  } catch {
    return null; // an unknown option: the usage says what there is
  }
}
