import type { z } from 'zod';

type Shape = Record<string, z.ZodType>;
export type Config<S extends Shape> = Readonly<{ [K in keyof S]: z.output<S[K]> }>;

/** Thrown once with every problem of the environment; main prints the message and exits 2. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const lines = problems.map((problem) => `  - ${problem}`);
    super(['The environment is not usable:', ...lines].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the variables a process declares, all at once, and freezes them. An empty value counts as
 * not set. Values are never echoed: a wrong secret must not reach the terminal or a log.
 * @param table variable name → zod schema of its text
 * @throws ConfigError naming every missing or wrong variable
 */
export function loadConfig<S extends Shape>(
  table: S,
  environment: Record<string, string | undefined> = process.env,
): Config<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(table)) {
    const parsed = schema.safeParse(environment[name] === '' ? undefined : environment[name]);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} ${describe(parsed.error, environment[name])}`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Config<S>;
}

function describe(error: z.ZodError, value: string | undefined): string {
  if (value === undefined || value === '') return 'is not set';
  return error.issues.map((issue) => issue.message).join('; ');
}
