import { html } from 'htm/preact';
import { useMemo } from 'preact/hooks';
import type { CallEdge, CallNode, CallGraph as Graph } from '../../agent/api/contract.ts';
import { formatNumber, formatPercent } from './format.ts';
import { useShortName } from './service-name.ts';
import { Empty, STATUS_WORDS, StatusMark } from './status.ts';

const NODE_WIDTH = 128;
const NODE_HEIGHT = 34;
const COLUMN = 240;
const ROW = 50;
const MARGIN = 8;

interface Place {
  readonly node: CallNode;
  readonly x: number;
  readonly y: number;
}

/** Depth of each service: one more than its deepest caller. Calls in a circle stop at as many rounds as there are services. */
const depthsOf = (graph: Graph): ReadonlyMap<string, number> => {
  const depths = new Map(graph.nodes.map((node) => [node.name, 0]));
  for (let round = 1; round < Math.min(graph.nodes.length, 12); round += 1) {
    for (const { caller, callee } of graph.edges) {
      const from = depths.get(caller);
      const to = depths.get(callee);
      if (caller !== callee && from !== undefined && to !== undefined && to < from + 1 && from + 1 <= round) depths.set(callee, from + 1);
    }
  }
  return depths;
};

const layout = (graph: Graph): { readonly places: ReadonlyMap<string, Place>; readonly width: number; readonly height: number } => {
  const depths = depthsOf(graph);
  const columns: CallNode[][] = [];
  for (const node of graph.nodes) {
    const depth = depths.get(node.name) ?? 0;
    const column = columns[depth] ?? [];
    columns[depth] = [...column, node];
  }
  const filled = columns.filter((column) => column !== undefined);
  const rows = Math.max(2, ...filled.map((column) => column.length));
  const height = rows * ROW + 2 * MARGIN;
  const places = new Map<string, Place>();
  filled.forEach((column, depth) => {
    column.forEach((node, row) => {
      const y = height / 2 + (row - (column.length - 1) / 2) * ROW;
      places.set(node.name, { node, x: MARGIN + depth * COLUMN, y });
    });
  });
  return { places, width: Math.max(1, filled.length - 1) * COLUMN + NODE_WIDTH + 2 * MARGIN, height };
};

/** Half a percent of errors just tints a line; ten percent colors it fully. */
const tint = (errorRatio: number | null): number => (errorRatio === null || errorRatio < 0.005 ? 0 : Math.min(1, 0.35 + errorRatio * 6.5));

const Edge = ({ edge, from, to }: { readonly edge: CallEdge; readonly from: Place; readonly to: Place }) => {
  const back = to.x <= from.x;
  const startX = from.x + NODE_WIDTH;
  const endX = back ? to.x + NODE_WIDTH : to.x;
  const bend = back ? 60 : (endX - startX) / 2;
  const path = `M${startX} ${from.y} C${startX + bend} ${from.y} ${back ? endX + bend : endX - bend} ${to.y} ${endX} ${to.y}`;
  const width = 1 + Math.min(4, Math.log10(1 + Math.max(0, edge.rate ?? 0)) * 1.3);
  const failing = edge.errorRatio !== null && edge.errorRatio >= 0.005;
  return html`<g>
    <title>${`${edge.caller} calls ${edge.callee}: ${formatNumber(edge.rate)} per second, ${formatPercent(edge.errorRatio)} fail`}</title>
    <path class="edge" d=${path} stroke-width=${width} />
    ${failing && html`<path class="edge edge-failing" d=${path} stroke-width=${width} opacity=${tint(edge.errorRatio)} />`}
    <text class=${failing ? 'edge-text failing' : 'edge-text'} x=${endX - 6} y=${to.y - 7} text-anchor="end">${formatNumber(edge.rate)}/s${failing ? ` · ${formatPercent(edge.errorRatio)}` : ''}</text>
  </g>`;
};

/** Who calls whom, callers to the left. */
export const CallGraph = ({ graph }: { readonly graph: Graph }) => {
  const shape = graph.nodes.map((node) => node.name).join('\n') + graph.edges.map((edge) => `${edge.caller}\t${edge.callee}`).join('\n');
  const shortName = useShortName();
  const { places, width, height } = useMemo(() => layout(graph), [shape]);
  if (graph.nodes.length === 0) return html`<${Empty}>No calls seen yet. The graph is learned from traces.<//>`;
  return html`<div class="graph" tabindex="0" role="group" aria-label="Call flow, scrolls sideways">
    <svg width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="list" aria-label="Services and their calls">
      ${graph.edges.map((edge) => {
        const from = places.get(edge.caller);
        const to = places.get(edge.callee);
        return from && to && html`<${Edge} key=${`${edge.caller} ${edge.callee}`} edge=${edge} from=${from} to=${to} />`;
      })}
      ${graph.nodes.map((node) => {
        const place = places.get(node.name);
        return (
          place &&
          html`<g key=${node.name} role="listitem" aria-label=${`${node.name}: ${STATUS_WORDS[node.status]}${node.inferred ? ', seen by its callers only' : ''}`}>
            <title>${node.name}: ${STATUS_WORDS[node.status]}${node.inferred ? ' (seen by its callers only)' : ''}</title>
            <rect class=${`node node-${node.status}${node.inferred ? ' node-inferred' : ''}`} x=${place.x} y=${place.y - NODE_HEIGHT / 2} width=${NODE_WIDTH} height=${NODE_HEIGHT} rx="5" />
            <foreignObject x=${place.x + 8} y=${place.y - NODE_HEIGHT / 2} width=${NODE_WIDTH - 12} height=${NODE_HEIGHT}>
              <div class="node-text" aria-hidden="true"><${StatusMark} status=${node.status} /><span>${shortName(node.name)}</span></div>
            </foreignObject>
          </g>`
        );
      })}
    </svg>
  </div>`;
};
