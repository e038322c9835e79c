import type { Panel } from '@wallet/grafana';
import { init, use } from 'echarts/core';
import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import type { Line, Range } from './series.ts';
import { readable } from './units.ts';

use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

const colors = [
  ...['#2563eb', '#ea580c', '#16a34a', '#9333ea', '#0891b2', '#ca8a04', '#db2777', '#475569'],
  ...['#65a30d', '#7c3aed', '#0d9488', '#b91c1c'],
];
const badColor = '#dc2626';
/** What a small picture can tell apart. */
const mostLines = 12;
const secondsBelowMs = 600_000;
/** So that two times on the axis do not touch. */
const pixelsPerTime = 90;

/** The lines that are drawn, highest first, each with its color. */
export function colored(lines: readonly Line[]): { line: Line; color: string }[] {
  return [...lines]
    .sort((a, b) => highest(b) - highest(a))
    .slice(0, mostLines)
    .map((line, index) => ({ line, color: colors[index] ?? '#000' }));
}

/** A panel of kind `graph` as SVG text; its legend is the page's. */
export function drawChart(
  panel: Panel,
  lines: readonly Line[],
  range: Range,
  size: { width: number; height: number },
): string {
  const shown = colored(lines).map(({ line }) => line);
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({
    animation: false,
    color: colors,
    grid: { left: 14, right: 12, top: 10, bottom: 8 },
    xAxis: {
      type: 'time',
      min: range.fromMs,
      max: range.untilMs,
      splitNumber: Math.max(2, Math.floor(size.width / pixelsPerTime)),
      axisLabel: { fontSize: 10, hideOverlap: true, formatter: clockOf(range) },
    },
    yAxis: {
      type: 'value',
      min: panel.unit === 'percentunit' ? lowestShare(shown) : 0,
      max: highestOfAxis(panel, highestOf(shown)),
      splitNumber: 4,
      axisLabel: { fontSize: 10, formatter: (value: number) => readable(value, panel.unit) },
      splitLine: { lineStyle: { color: '#e5e7eb' } },
    },
    series: shown.map(({ name, points }, index) => ({
      name,
      type: 'line',
      showSymbol: false,
      lineStyle: { width: 1.5 },
      areaStyle: { opacity: 0.06 },
      data: points.filter(([, value]) => Number.isFinite(value)),
      markLine: index === 0 ? thresholdLine(panel, shown) : undefined,
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** Two marks must not read the same. */
function clockOf({ fromMs, untilMs }: Range): string {
  return untilMs - fromMs < secondsBelowMs ? '{HH}:{mm}:{ss}' : '{HH}:{mm}';
}

/** Drawn when the values come near it: else it would press them flat. */
function thresholdLine({ threshold }: Panel, lines: readonly Line[]) {
  const most = highestOf(lines);
  if (threshold.badWhen !== 'below' && most < threshold.value / 3) return undefined;
  return {
    silent: true,
    symbol: 'none',
    label: { show: false },
    lineStyle: { color: badColor, type: 'dashed', width: 1 },
    data: [{ yAxis: threshold.value }],
  };
}

function highestOf(lines: readonly Line[]): number {
  return Math.max(0, ...lines.map(highest));
}

/** Where Grafana's axis ends, too; undefined: at the highest value. */
function highestOfAxis({ unit, threshold }: Panel, highest: number): number | undefined {
  if (unit === 'percentunit') return highest > 0.5 ? 1 : undefined;
  if (unit !== 's' || threshold.badWhen === 'below') return undefined;
  return highest < threshold.value / 4 ? threshold.value / 4 : undefined;
}

/** Shares near 1 are looked at closely, those near 0 from 0. */
function lowestShare(lines: readonly Line[]): number {
  const finite = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(isFinite);
  const least = Math.min(1, ...finite);
  return least > 0.5 ? Math.max(0, Math.floor(least * 20 - 1) / 20) : 0;
}

function highest({ points }: Line): number {
  return points.reduce(
    (most, [, value]) => (Number.isFinite(value) ? Math.max(most, value) : most),
    0,
  );
}

/** The last value of each line and whether it is bad. */
export function readStats(
  panel: Panel,
  lines: readonly Line[],
): { name: string; text: string; bad: boolean }[] {
  const { value: limit, badWhen } = panel.threshold;
  return lines.map(({ name, points }) => {
    const last = points.at(-1)?.[1] ?? NaN;
    const bad = badWhen === 'below' ? last < limit : last >= limit;
    return { name, text: readable(last, panel.unit), bad };
  });
}
