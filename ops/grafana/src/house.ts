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
    row.panels.forEach((panel, index) =>
      builder.withPanel(renderPanel(panel).id(nextId()).span(widthOf(index, row.panels.length))),
    );
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
  const builder = panel.kind === 'stat' ? statPanel() : graphPanel();
  builder
    .title(panel.title)
    .description(`${panel.description}\n\nBad ${describeThreshold(panel)}.`)
    .datasource(datasource)
    .unit(panel.unit)
    .height(heights[panel.kind])
    .links([
      new DashboardLinkBuilder(`Runbook: ${panel.runbook}`)
        .url(`\${runbooks}/${panel.runbook}.md`)
        .targetBlank(true),
    ])
    .thresholds(thresholds(panel));
  if (panel.unit !== 'percentunit') builder.min(0);
  panel.queries.forEach((query, index) => builder.withTarget(target(query, index, panel.kind)));
  return builder;
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

function graphPanel(): GraphBuilder {
  const style = GraphThresholdsStyleMode.Dashed;
  return new GraphBuilder()
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
  return kind === 'stat' ? builder.rangeAndInstant() : builder.range();
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
