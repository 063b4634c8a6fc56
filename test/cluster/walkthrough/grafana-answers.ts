/** The queries of the dashboards that helm installed, asked of a Prometheus as Grafana would ask them. */
import type { Cluster } from '../testbed/cluster.ts';
import { OWN_NAMESPACE } from './installation.ts';

export interface Question {
  readonly dashboard: string;
  readonly panel: string;
  /** The instant whose answer is wanted. */
  readonly at: number;
}

export interface Answer extends Question {
  readonly query: string;
  readonly legend: string;
  /** One line a series: labels that tell something, and the value. */
  readonly lines: readonly string[];
}

interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
  readonly panels?: readonly Panel[];
}

interface QueryResult {
  readonly error?: string;
  readonly data?: {
    readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[];
  };
}

const inRows = (panels: readonly Panel[]): readonly Panel[] => panels.flatMap((panel) => [panel, ...inRows(panel.panels ?? [])]);

const installedPanels = async (cluster: Cluster): Promise<ReadonlyMap<string, Panel>> => {
  const { items } = await cluster.core.listNamespacedConfigMap({ namespace: OWN_NAMESPACE, labelSelector: 'grafana_dashboard=1' });
  const models = items.flatMap(({ data }) => Object.values(data ?? {}).map((text) => JSON.parse(text) as Panel & { readonly uid: string }));
  return new Map(models.flatMap(({ uid, panels }) => inRows(panels ?? []).map((panel) => [`${uid}/${panel.title}`, panel] as const)));
};

const SCRAPE_LABELS = new Set(['__name__', 'instance', 'job']);

const lineOf = (query: string, metric: Readonly<Record<string, string>>, value: string): string => {
  const labels = Object.entries(metric)
    .filter(([name]) => !SCRAPE_LABELS.has(name))
    .map(([name, text]) => `${name}="${text}"`)
    .filter((label) => !query.includes(label));
  const number = Number(value);
  return [...labels, '=', Number.isInteger(number) ? value : number.toFixed(2)].join(' ');
};

/** Throws when a dashboard has no such panel, or Prometheus refuses its query; no data is an empty answer. */
export const ask = async (
  cluster: Cluster,
  prometheus: string,
  target: string,
  questions: readonly Question[],
): Promise<readonly Answer[]> => {
  const panels = await installedPanels(cluster);
  const answers: Answer[] = [];
  for (const question of questions) {
    const panel = panels.get(`${question.dashboard}/${question.panel}`);
    if (panel?.targets === undefined) throw new Error(`helm installed no panel "${question.panel}" of ${question.dashboard}`);
    for (const { expr, legendFormat } of panel.targets) {
      const query = expr.replaceAll('$target', target);
      const parameters = new URLSearchParams({ query, time: String(question.at / 1_000) });
      const response = await fetch(`${prometheus}/api/v1/query?${parameters}`, { signal: AbortSignal.timeout(5_000) });
      const { data, error } = (await response.json()) as QueryResult;
      if (data === undefined) throw new Error(`Prometheus refused ${query}: ${error}`);
      const lines = data.result.map(({ metric, value }) => lineOf(query, metric, value[1]));
      answers.push({ ...question, query, legend: legendFormat ?? '', lines });
    }
  }
  return answers;
};
