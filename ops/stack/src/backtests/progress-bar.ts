const width = 30;
/** Redrawn this often. */
const drawEveryMs = 200;
/** Where nobody sees a bar, a line for each tenth. */
const steps = 10;

/** Draws how far a replay is: a bar on a terminal, else lines. */
export function createProgressBar(
  print: (line: string) => void,
  terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): (progress: { passed: number; all: number }) => void {
  const startedMs = performance.now();
  let drawnMs = -Infinity;
  let step = 0;
  return ({ passed, all }) => {
    const done = all === 0 ? 1 : passed / all;
    const seconds = (performance.now() - startedMs) / 1_000;
    const speed = `${Math.round(passed / Math.max(seconds, 0.001)).toLocaleString('en-US')}/s`;
    const text = `${Math.floor(100 * done)}% of ${all.toLocaleString('en-US')} records, ${speed}`;
    if (!terminal.isTTY) {
      if (Math.floor(done * steps) > step) print(`  ${text}`);
      step = Math.max(step, Math.floor(done * steps));
      return;
    }
    if (performance.now() - drawnMs < drawEveryMs && done < 1) return;
    drawnMs = performance.now();
    const filled = Math.round(done * width);
    const end = done === 1 ? '\n' : '';
    terminal.write(`\r[${'█'.repeat(filled)}${' '.repeat(width - filled)}] ${text}   ${end}`);
  };
}
