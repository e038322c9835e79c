import { readFileSync } from 'node:fs';

const shownLines = 30;
const shownCharacters = 300;

/**
 * The end of a process's log for a person: time, level, message and error of each JSON line; what
 * is no JSON (a stack trace of Node) as it is.
 */
export function tailOfLog(file: string, lines = shownLines): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return '  (no log)'; // a process that was never started has none
  }
  return text.trimEnd().split('\n').slice(-lines).map(shorten).join('\n');
}

function shorten(line: string): string {
  try {
    const { time, level, message, err, ...others } = JSON.parse(line) as Record<string, unknown>;
    const fields = Object.entries(others).filter(([name]) => name !== 'role' && name !== 'pid');
    const error =
      typeof err === 'object' && err !== null && 'message' in err ? String(err.message) : '';
    const clock = String(time).slice(11, 23);
    const rest = fields.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
    const what = `${clock} ${String(level)} ${String(message)} ${error}`;
    return `  ${what} ${rest.slice(0, shownCharacters)}`.trimEnd();
  } catch {
    return `  ${line}`;
  }
}
