import type { Dashboard, Panel } from '@wallet/grafana';
import { colored, drawChart, readStats } from './chart.ts';
import { readLines, type Line, type Range } from './series.ts';

/** Of the whole page; five panels in a row are still readable. */
export const pageWidth = 1_600;
const gap = 10;
const heights = { stat: 110, graph: 200 } as const;

const style = `
  body { margin: 0; padding: 16px 20px; width: ${pageWidth}px; box-sizing: border-box;
    font: 13px system-ui, sans-serif; color: #111827; background: #f3f4f6; }
  h1 { font-size: 20px; margin: 0 0 2px; } p.about { margin: 0 0 12px; color: #6b7280; }
  h2 { font-size: 14px; margin: 14px 0 6px; color: #374151; }
  .row { display: grid; gap: ${gap}px; }
  .panel { background: #fff; border: 1px solid #e5e7eb; border-radius: 6px; padding: 8px 10px;
    min-width: 0; overflow: hidden; }
  .panel h3 { font-size: 12px; margin: 0 0 4px; font-weight: 600; }
  .panel footer { font-size: 10px; color: #9ca3af; margin-top: 2px; }
  .stats { display: flex; flex-wrap: wrap; gap: 4px 14px; min-height: 62px; align-items: center; }
  .stat b { display: block; font-size: 24px; line-height: 1.1; color: #15803d; }
  .stat.bad b { color: #dc2626; } .stat span { font-size: 10px; color: #6b7280; }
  .legend { display: flex; flex-wrap: wrap; gap: 0 10px; font-size: 10px; color: #4b5563; }
  .legend span { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 100%; }
  .legend i { display: inline-block; width: 10px; height: 3px; margin: 0 4px 2px 0; }
  .none { color: #b45309; padding: 24px 0; }
`;

/** A dashboard over a range as one HTML page that needs nothing else. */
export async function drawPage(dashboard: Dashboard, range: Range): Promise<string> {
  const variables = dashboard.variables.map(({ name }) => name);
  const rows: string[] = [];
  for (const { title, panels } of dashboard.rows) {
    const width = Math.floor((pageWidth - 40 - gap * (panels.length - 1)) / panels.length);
    const drawn: string[] = [];
    for (const panel of panels) {
      drawn.push(drawPanel(panel, await readLines(panel, range, variables), range, width));
    }
    const columns = `grid-template-columns: repeat(${panels.length}, 1fr)`;
    rows.push(
      `<h2>${escaped(title)}</h2><div class="row" style="${columns}">${drawn.join('')}</div>`,
    );
  }
  const from = new Date(range.fromMs).toISOString().slice(0, 16).replace('T', ' ');
  const minutes = Math.round((range.untilMs - range.fromMs) / 60_000);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>${escaped(dashboard.title)}</title><style>${style}</style></head><body>
<h1>${escaped(dashboard.title)}</h1>
<p class="about">${escaped(dashboard.description)} ${minutes} minutes from ${from} UTC.</p>
${rows.join('\n')}
</body></html>
`;
}

function drawPanel(panel: Panel, lines: readonly Line[], range: Range, width: number): string {
  const body =
    lines.length === 0
      ? '<div class="none">no series</div>'
      : panel.kind === 'graph'
        ? drawChart(panel, lines, range, { width: width - 22, height: heights.graph }) +
          drawLegend(lines)
        : drawStats(panel, lines);
  const title = escaped(panel.title);
  return `<section class="panel" title="${escaped(panel.description)}"><h3>${title}</h3>
${body}<footer>runbook: ${escaped(panel.runbook)}</footer></section>`;
}

/** As many names as fit two lines of text; a picture has no room for more. */
const mostNames = 8;

function drawLegend(lines: readonly Line[]): string {
  const shown = colored(lines);
  const names = shown
    .slice(0, mostNames)
    .map(
      ({ line, color }) => `<span><i style="background:${color}"></i>${escaped(line.name)}</span>`,
    );
  const rest = lines.length - names.length;
  if (rest > 0) names.push(`<span>and ${rest} more</span>`);
  return `<div class="legend">${names.join('')}</div>`;
}

function drawStats(panel: Panel, lines: readonly Line[]): string {
  const stats = readStats(panel, lines).map(
    ({ name, text, bad }) =>
      `<div class="stat${bad ? ' bad' : ''}"><b>${escaped(text)}</b>` +
      `<span>${escaped(name)}</span></div>`,
  );
  return `<div class="stats" style="height: ${heights.stat - 48}px">${stats.join('')}</div>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
