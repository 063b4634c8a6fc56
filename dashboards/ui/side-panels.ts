import { html } from 'htm/preact';
import type { AgentState, IngestLedger, SloBudget } from '../../agent/api/contract.ts';
import { type FeedRow, feedRows } from './feed-rows.ts';
import { formatCount, formatNumber, formatObjective, formatPercent, formatTime } from './format.ts';
import { ServiceName } from './service-name.ts';
import { Empty } from './status.ts';

const Repeated = ({ row }: { readonly row: FeedRow }) =>
  row.repeated && html` <span class="faint number">× ${formatCount(row.repeated.count)} since ${formatTime(row.repeated.since)}</span>`;

export const Feed = ({ state }: { readonly state: AgentState }) => {
  const rows = feedRows(state);
  if (rows.length === 0) return html`<${Empty}>Nothing has happened yet.<//>`;
  return html`<ul class="feed">
    ${rows.map((row) => html`<li key=${row.id}><time class="number faint">${formatTime(row.at)}</time><span class=${`tag tag-${row.kind}`}>${row.kind}</span><span>${row.service !== undefined && html`<${ServiceName} name=${row.service} />: `}${row.text}<${Repeated} row=${row} /></span></li>`)}
  </ul>`;
};

const sum = (record: Readonly<Record<string, number>>): number => Object.values(record).reduce((total, count) => total + count, 0);

const Reasons = ({ record }: { readonly record: Readonly<Record<string, number>> }) => {
  const reasons = Object.entries(record).filter(([, count]) => count > 0);
  if (reasons.length === 0) return null;
  return html`<span class="faint">${reasons.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ')}</span>`;
};

/** Nothing is lost: every point offered is accepted, rejected with a reason, or refused and still at its sender. */
export const Ledger = ({ ledger }: { readonly ledger: IngestLedger }) => html`<dl class="ledger">
  <div><dt>offered</dt><dd class="number">${formatCount(ledger.offered)}</dd></div>
  <div><dt>accepted</dt><dd class="number">${formatCount(ledger.accepted)}</dd></div>
  <div><dt>rejected</dt><dd><span class="number">${formatCount(sum(ledger.rejected))}</span> <${Reasons} record=${ledger.rejected} /></dd></div>
  <div><dt>refused, kept by sender</dt><dd><span class="number">${formatCount(sum(ledger.refused))}</span> <${Reasons} record=${ledger.refused} /></dd></div>
  <div><dt>conserved</dt><dd>${ledger.conserved ? html`<b class="good">yes, the sums agree</b>` : html`<b class="harm">no, the sums differ</b>`}</dd></div>
</dl>`;

/** Which models are not believed, and why; what is well is a number. */
export const Models = ({ models }: { readonly models: AgentState['models'] }) => {
  if (models.distrusted.length + models.otherInputs.length === 0) return html`<${Empty}>What models call rare is rare.<//>`;
  const row = (kind: string, cssClass: string) => (model: AgentState['models']['distrusted'][number]) =>
    html`<li key=${`${kind} ${model.key}`}><span class=${`chip ${cssClass}`}>${kind}</span> <${ServiceName} name=${model.service} /> ${model.name} <span class="faint">since ${formatTime(model.since)}: ${model.because}</span></li>`;
  return html`<ul class="plain">
    ${models.distrusted.map(row('wakes nobody', 'chip-warn'))}
    ${models.otherInputs.map(row('other inputs', ''))}
  </ul>`;
};

const Budget = ({ slo }: { readonly slo: SloBudget }) => {
  const left = slo.budgetRemaining;
  const width = Math.max(0, Math.min(1, left ?? 0)) * 100;
  const level = left === null ? 'absent' : left <= 0 ? 'spent' : slo.burn !== null && slo.burn > 1 ? 'burning' : 'fine';
  return html`<li class="budget">
    <div class="budget-head"><b>${slo.name}</b><span class="faint"><${ServiceName} name=${slo.service} /> · ${formatObjective(slo.objective)}</span></div>
    <div class="meter" role="meter" aria-label=${`Error budget of ${slo.name}`} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(width)}><i class=${`meter-${level}`} style=${{ width: `${width}%` }}></i></div>
    <div class="budget-head"><span class="number">${left === null ? 'not measured yet' : `${formatPercent(left)} left`}</span><span class="faint number">${slo.burn === null ? '' : `burn ${formatNumber(slo.burn)}×`}</span></div>
  </li>`;
};

export const Budgets = ({ slo }: { readonly slo: readonly SloBudget[] }) =>
  slo.length === 0
    ? html`<${Empty}>No SLO is set.<//>`
    : html`<ul class="budgets">${slo.map((one) => html`<${Budget} key=${`${one.service} ${one.name}`} slo=${one} />`)}</ul>`;
