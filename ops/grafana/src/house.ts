import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { metricTable } from '@wallet/runtime';
import type { Annotation, Dashboard, Panel, Query, Variable } from './dashboard.ts';

// The one module that knows Grafana's SDK: what a house panel looks like is decided here alone.

const gridWidth = 24;
const heights = { stat: 5, graph: 8 } as const;
/** Offered as the address of the runbooks; an installation sets its own at the top of the page. */
const runbooksAddress = 'https://wallet.example/runbooks';
const datasource = { type: 'prometheus', uid: '${datasource}' };

/** Classic dashboard JSON, the form that provisioning of every supported Grafana reads. */
export function renderDashboard(dashboard: Dashboard): string {
  let lastId = 0;
  const nextId = (): number => (lastId += 1); // links to a panel carry its id
  const builder = new DashboardBuilder(dashboard.title)
    .uid(dashboard.uid)
    .description(dashboard.description)
    .tags(['wallet', 'generated'])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser')
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    )
    .withVariable(
      new TextBoxVariableBuilder('runbooks').label('Runbooks at').defaultValue(runbooksAddress),
    );
  for (const variable of dashboard.variables) builder.withVariable(renderVariable(variable));
  for (const annotation of dashboard.annotations) builder.annotation(renderAnnotation(annotation));
  for (const row of dashboard.rows) {
    builder.withRow(new RowBuilder(row.title).id(nextId()));
    const height = Math.max(...row.panels.map(({ kind }) => heights[kind]));
    row.panels.forEach((panel, index) => {
      const span = widthOf(index, row.panels.length);
      builder.withPanel(renderPanel(panel).id(nextId()).height(height).span(span));
    });
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`;
}

/** The PromQL that Grafana sends for a variable. */
export function variableQuery({ metric, labelName }: Variable): string {
  return `group by (${labelName}) (${metric})`;
}

/** The columns of the grid, shared out so that a row is filled to its end. */
function widthOf(index: number, count: number): number {
  const edge = (position: number): number => Math.round((position * gridWidth) / count);
  return edge(index + 1) - edge(index);
}

function renderPanel(panel: Panel): StatBuilder | GraphBuilder {
  const builder = panel.kind === 'stat' ? statPanel() : graphPanel(panel);
  builder
    .title(panel.title)
    .description(`${panel.description}\n\nBad ${describeThreshold(panel)}.`)
    .datasource(datasource)
    .unit(panel.unit)
    .links(renderLinks(panel))
    .thresholds(thresholds(panel));
  if (panel.unit !== 'percentunit') builder.min(0);
  panel.queries.forEach((query, index) => builder.withTarget(target(query, index, panel.kind)));
  return builder;
}

function renderLinks({ runbook, deeper }: Panel): DashboardLinkBuilder[] {
  const links = [
    new DashboardLinkBuilder(`Runbook: ${runbook}`)
      .url(`\${runbooks}/${runbook}.md`)
      .targetBlank(true),
  ];
  if (deeper !== undefined) {
    links.push(new DashboardLinkBuilder('In its parts').url(`/d/${deeper}?\${__url_time_range}`));
  }
  return links;
}

function describeThreshold({ threshold, unit }: Panel): string {
  const shown = unit === 'percentunit' ? `${threshold.value * 100} %` : `${threshold.value}`;
  const seconds = unit === 's' ? ' s' : '';
  return `${threshold.badWhen === 'below' ? 'below' : 'from'} ${shown}${seconds}`;
}

function thresholds({ threshold }: Panel): ThresholdsConfigBuilder {
  const bad = threshold.severity === 'look' ? 'orange' : 'red';
  const below = threshold.badWhen === 'below';
  // The first step must have no value: it holds from minus infinity.
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { color: below ? bad : 'green', value: null },
    { color: below ? 'green' : bad, value: threshold.value },
  ]);
}

function statPanel(): StatBuilder {
  return new StatBuilder()
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

/** Seconds far from what is bad shall look so: not every look of the monitor is a mountain. */
function softMaxOf({ unit, threshold }: Panel): number | null {
  return unit === 's' && threshold.badWhen !== 'below' ? threshold.value / 4 : null;
}

function graphPanel(panel: Panel): GraphBuilder {
  const style = GraphThresholdsStyleMode.Dashed;
  const softMax = softMaxOf(panel);
  const builder = new GraphBuilder();
  if (softMax !== null) builder.axisSoftMax(softMax);
  return builder
    .lineWidth(1)
    .fillOpacity(8)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(style))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );
}

function target({ expr, legend }: Query, index: number, kind: Panel['kind']): DataqueryBuilder {
  const builder = new DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .datasource(datasource)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index));
  if (kind === 'stat') return builder.rangeAndInstant();
  return hasExemplars(expr) ? builder.range().exemplar(true) : builder.range();
}

const tracedSeries = Object.entries(metricTable).flatMap(([name, row]) =>
  'exemplars' in row ? [`${name}_bucket`] : [],
);

/** Do the graph's buckets name traces? Then they stand on it as dots that lead there. */
function hasExemplars(expr: string): boolean {
  return tracedSeries.some((name) => expr.includes(name));
}

function renderVariable(variable: Variable): QueryVariableBuilder {
  const { name, label, metric, labelName } = variable;
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query(`label_values(${metric}, ${labelName})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

function renderAnnotation(annotation: Annotation): AnnotationQueryBuilder {
  const { name, color, expr, valueIsTime } = annotation;
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(datasource)
    .enable(true)
    .iconColor(color)
    .expr(valueIsTime ? expr : `(${expr}) > 0`)
    .titleFormat(name)
    .useValueForTime(valueIsTime);
}
