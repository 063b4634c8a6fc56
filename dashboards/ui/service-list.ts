import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { AgentState, ServiceCard, SignalSeries } from '../../agent/api/contract.ts';
import { BandChart } from './band-chart.ts';
import { formatLatency, formatNumber, formatPercent } from './format.ts';
import { ServiceName } from './service-name.ts';
import { Empty, STATUS_WORDS, StatusMark } from './status.ts';

const COLUMNS = [
  { name: 'requests', title: 'requests', of: (card: ServiceCard) => formatNumber(card.requestsPerSecond), unit: '/s' },
  { name: 'errors', title: 'errors', of: (card: ServiceCard) => formatPercent(card.errorRatio), unit: '' },
  { name: 'duration', title: 'latency p95', of: (card: ServiceCard) => formatLatency(card.p95Seconds), unit: '' },
] as const;

interface Live {
  readonly step: number;
  readonly stepSeconds: number;
}

const Signal = ({
  series,
  card,
  column,
  live,
}: {
  readonly series: SignalSeries | undefined;
  readonly card: ServiceCard;
  readonly column: (typeof COLUMNS)[number];
  readonly live: Live;
}) =>
  html`<div class="signal">
    <div class="signal-head"><span class="faint">${column.title}</span><b class="number">${column.of(card)}${column.of(card) === '–' ? '' : column.unit}</b></div>
    ${
      series === undefined
        ? html`<div class="chart chart-missing">not seen yet</div>`
        : html`<${BandChart} series=${series} title=${column.title} step=${live.step} stepSeconds=${live.stepSeconds} height=${64} />`
    }
  </div>`;

const Service = ({
  card,
  signals,
  live,
}: {
  readonly card: ServiceCard;
  readonly signals: ReadonlyMap<string, SignalSeries>;
  readonly live: Live;
}) =>
  html`<article class=${`service service-${card.status}`} aria-label=${`${card.name}: ${STATUS_WORDS[card.status]}`}>
    <div class="service-head">
      <h3><${StatusMark} status=${card.status} /><span><${ServiceName} name=${card.name} /></span></h3>
      <p class=${`word word-${card.status}`}>${STATUS_WORDS[card.status]}</p>
      <p class="faint">p50 <span class="number">${formatLatency(card.p50Seconds)}</span></p>
      <p class="faint">${card.reporting ? 'reporting' : html`<b class="warn">not reporting</b>`}</p>
    </div>
    ${COLUMNS.map((column) => html`<${Signal} key=${column.name} series=${signals.get(`${card.name}\n${column.name}`)} card=${card} column=${column} live=${live} />`)}
  </article>`;

/** Three charts a service are redrawn each step; whoever has hundreds of services looks at the ones in trouble. */
const SHOWN_AT_FIRST = 24;

/** The three signals of each service (requests, errors, duration), each against its expected band. */
export const ServiceList = ({ state }: { readonly state: AgentState }) => {
  const [all, showAll] = useState(false);
  const signals = new Map(state.signals.map((series) => [`${series.service}\n${series.name}`, series]));
  const live = { step: state.meta.step, stepSeconds: state.meta.stepSeconds };
  if (state.services.length === 0) {
    return html`<${Empty}>No service has reported yet. Point an OpenTelemetry exporter at the agent (OTLP over HTTP, port 4318).<//>`;
  }
  const shown = state.services.filter((card, index) => all || index < SHOWN_AT_FIRST || card.status !== 'ok');
  const more = state.services.length - shown.length;
  return html`${shown.map((card) => html`<${Service} key=${card.name} card=${card} signals=${signals} live=${live} />`)}
    ${more > 0 && html`<button type="button" class="more" onClick=${() => showAll(true)}>Show ${more} more, all as expected</button>`}`;
};
