/** What the terminal shows while the stack starts: one line per finished phase, with its time. */
export type Phases = {
  /** Runs the work and shows it; its note (if any) stands behind the name. */
  run<T>(name: string, work: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** A line of its own. */
  say(text: string): void;
  /** Removes the moving line. */
  end(): void;
};

const REFRESH_MS = 200;
/** Without a terminal there is no moving line: say now and then what is still going on. */
const STILL_MS = 10_000;

type Output = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

const seconds = (durationMs: number): string => `${(durationMs / 1000).toFixed(1)} s`;

/** @param output where to (default: standard error); null = nowhere */
export const createPhases = (output: Output | null = process.stderr): Phases => {
  const running = new Map<symbol, { name: string; startedMs: number; note: string }>();
  const moving = output?.isTTY === true;
  let timer: NodeJS.Timeout | null = null;

  const clear = (): void => {
    if (moving) output.write('\r\x1b[K');
  };
  const line = (text: string): void => {
    clear();
    output?.write(`${text}\n`);
  };
  const overview = (): string =>
    [...running.values()]
      .map(({ name, startedMs, note }) =>
        [name, note, seconds(performance.now() - startedMs)].filter(Boolean).join(' '),
      )
      .join(' · ');
  const refresh = (): void => {
    if (moving) output.write(`\r\x1b[K… ${overview().slice(0, (output.columns || 80) - 3)}`);
    else line(`  … ${overview()}`);
  };
  const watch = (): void => {
    if (output === null || timer !== null) return;
    timer = setInterval(refresh, moving ? REFRESH_MS : STILL_MS);
    timer.unref();
  };
  const rest = (): void => {
    if (timer === null || running.size > 0) return;
    clearInterval(timer);
    timer = null;
    clear();
  };

  return {
    async run(name, work) {
      const phase = { name, startedMs: performance.now(), note: '' };
      const id = Symbol(name);
      running.set(id, phase);
      watch();
      let mark = '✗';
      try {
        const result = await work((text) => (phase.note = text));
        mark = '✓';
        return result;
      } finally {
        running.delete(id);
        const time = seconds(performance.now() - phase.startedMs).padStart(7);
        line(`${mark} ${name.padEnd(24)}${time}  ${phase.note}`.trimEnd());
        rest();
      }
    },
    say: line,
    end() {
      running.clear();
      rest();
    },
  };
};
