import type { Panel } from '@wallet/grafana';

type Unit = Panel['unit'];

/** A value as a person reads it in the panel's unit. */
export function readable(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 's') return duration(value);
  if (unit === 'percentunit') return `${trimmed(value * 100)} %`;
  if (unit === 'bytes') return scaled(value, 1_024, ['B', 'KiB', 'MiB', 'GiB']);
  const perSecond = unit === 'reqps' || unit === 'ops' ? '/s' : '';
  return `${scaled(value, 1_000, ['', 'k', 'M', 'G'])}${perSecond}`;
}

function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${trimmed(seconds * 1_000_000)} µs`;
  if (size < 1) return `${trimmed(seconds * 1_000)} ms`;
  if (size < 120) return `${trimmed(seconds)} s`;
  if (size < 7_200) return `${trimmed(seconds / 60)} min`;
  return size < 172_800 ? `${trimmed(seconds / 3_600)} h` : `${trimmed(seconds / 86_400)} days`;
}

function scaled(value: number, step: number, names: readonly string[]): string {
  let size = value;
  let index = 0;
  while (Math.abs(size) >= step && index < names.length - 1) {
    size /= step;
    index += 1;
  }
  const name = names[index] ?? '';
  return name.length > 1 || name === 'B' ? `${trimmed(size)} ${name}` : `${trimmed(size)}${name}`;
}

/** Three digits say enough. */
function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
