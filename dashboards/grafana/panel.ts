import { PanelBuilder as BarGaugePanel } from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphGradientMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type Panel, type Threshold, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

/** Whoever imports a dashboard chooses the data source; nothing of ours names one. */
export const DATASOURCE = { type: 'prometheus', uid: `$\{datasource}` } as const;

export interface Query {
  readonly expr: string;
  readonly legend?: string;
}

/** Lines by the legend of their query. */
export interface LineStyle {
  readonly legend: string;
  readonly color: string;
  readonly dashed?: boolean;
  /** Fills the room between this line and the one with this legend. */
  readonly fillTo?: string;
  readonly width?: number;
}

interface PanelFacts {
  readonly title: string;
  /** What a person does with it. */
  readonly description: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of 24 columns. */
  readonly width: number;
  readonly height?: number;
}

export interface SeriesSpec extends PanelFacts {
  readonly kind: 'series';
  readonly lines?: readonly LineStyle[];
  readonly max?: number;
}

export interface StatSpec extends PanelFacts {
  readonly kind: 'stat';
  /** Ascending; the first one holds from below. */
  readonly thresholds?: readonly Threshold[];
  readonly decimals?: number;
}

export interface TableSpec extends PanelFacts {
  readonly kind: 'table';
  /** Label names in the order of the columns, with their headings. */
  readonly columns: Readonly<Record<string, string>>;
  readonly value: { readonly heading: string; readonly unit: string };
}

export interface BarsSpec extends PanelFacts {
  readonly kind: 'bars';
}

export type PanelSpec = SeriesSpec | StatSpec | TableSpec | BarsSpec;

const DEFAULT_HEIGHT = { series: 8, stat: 4, table: 9, bars: 8 } as const;

const rangeQuery = ({ expr, legend }: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .refId(String.fromCharCode(65 + index))
    .datasource(DATASOURCE)
    .expr(expr)
    .legendFormat(legend ?? '__auto')
    .range();

const instantQuery = (query: Query, index: number): DataqueryBuilder => rangeQuery(query, index).instant();

const seriesPanel = (spec: SeriesSpec): Builder<Panel> => {
  const panel = new TimeSeriesPanel()
    .lineWidth(1)
    .fillOpacity(0)
    .gradientMode(GraphGradientMode.None)
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .legend(new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (spec.max !== undefined) panel.max(spec.max);
  for (const { legend, color, dashed, fillTo, width } of spec.lines ?? []) {
    panel.overrideByName(legend, [
      { id: 'color', value: { mode: 'fixed', fixedColor: color } },
      ...(dashed === true ? [{ id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 4] } }] : []),
      ...(fillTo === undefined
        ? []
        : [
            { id: 'custom.fillBelowTo', value: fillTo },
            { id: 'custom.fillOpacity', value: 12 },
          ]),
      ...(width === undefined ? [] : [{ id: 'custom.lineWidth', value: width }]),
    ]);
  }
  spec.queries.forEach((query, index) => {
    panel.withTarget(rangeQuery(query, index));
  });
  return panel;
};

const lastValue = (): ReduceDataOptionsBuilder => new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);

const statPanel = (spec: StatSpec): Builder<Panel> => {
  const panel = new StatPanel()
    .reduceOptions(lastValue())
    .colorMode(spec.thresholds === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .noValue('-')
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...(spec.thresholds ?? [{ value: null, color: 'text' }])]),
    );
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  spec.queries.forEach((query, index) => {
    panel.withTarget(rangeQuery(query, index));
  });
  return panel;
};

const tablePanel = (spec: TableSpec): Builder<Panel> => {
  const names = Object.keys(spec.columns);
  const panel = new TablePanel()
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {
          Time: true,
          __name__: true,
          job: true,
          instance: true,
          namespace: true,
          pod: true,
          container: true,
          endpoint: true,
        },
        indexByName: Object.fromEntries([...names, 'Value'].map((name, index) => [name, index])),
        renameByName: { ...spec.columns, Value: spec.value.heading },
      },
    })
    .overrideByName(spec.value.heading, [{ id: 'unit', value: spec.value.unit }]);
  spec.queries.forEach((query, index) => {
    panel.withTarget(instantQuery(query, index).format(PromQueryFormat.Table));
  });
  return panel;
};

const barsPanel = (spec: BarsSpec): Builder<Panel> => {
  const panel = new BarGaugePanel().reduceOptions(lastValue()).orientation('horizontal' as never);
  spec.queries.forEach((query, index) => {
    panel.withTarget(instantQuery(query, index));
  });
  return panel;
};

const builderOf = (spec: PanelSpec) => {
  switch (spec.kind) {
    case 'series':
      return seriesPanel(spec) as TimeSeriesPanel;
    case 'stat':
      return statPanel(spec) as StatPanel;
    case 'table':
      return tablePanel(spec) as TablePanel;
    case 'bars':
      return barsPanel(spec) as BarGaugePanel;
  }
};

export const panelOf = (spec: PanelSpec): Builder<Panel> =>
  builderOf(spec)
    .title(spec.title)
    .description(spec.description)
    .datasource(DATASOURCE)
    .unit(spec.unit)
    .span(spec.width)
    .height(spec.height ?? DEFAULT_HEIGHT[spec.kind]);
