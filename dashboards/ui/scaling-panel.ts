import { html } from 'htm/preact';
import type { AgentState, Reading, ScalingView } from '../../agent/api/contract.ts';
import { formatCount, formatNumber, formatPercent, formatSpan } from './format.ts';
import { LoadChart, ReplicaChart } from './load-chart.ts';
import { Empty } from './status.ts';

const MODES: Readonly<Record<ScalingView['mode'], string>> = { observe: 'observes only', propose: 'proposes', act: 'acts' };

const newest = (values: readonly Reading[]): Reading => values.at(-1) ?? null;

const Advice = ({ view }: { readonly view: ScalingView }) => {
  const advice = view.recommendation;
  if (advice === undefined) return html`<p class="advice faint">No recommendation yet.</p>`;
  const verb =
    advice.kind === 'scale'
      ? `scale ${formatCount(advice.current)} → ${formatCount(advice.desired)}`
      : `hold ${formatCount(advice.current)}`;
  return html`<div class="advice">
    <p><b class="number">${verb}</b> ${advice.because}</p>
    <p class="faint">
      demand asks for ${formatCount(advice.raw)}; an HPA would order <b class="number">${formatCount(advice.reactive)}</b> now
      ${advice.limitedBy.length > 0 && html`; limited by ${advice.limitedBy.map((reason) => html`<span class="chip" key=${reason}>${reason}</span>`)}`}
    </p>
  </div>`;
};

const Coverage = ({ view }: { readonly view: ScalingView }) => {
  const forecast = view.forecast;
  if (forecast === undefined) return html`<span class="faint">no forecast yet</span>`;
  const at = forecast.levels.findIndex((level) => Math.abs(level - 0.9) < 0.02);
  const measured = forecast.coverage[at] ?? null;
  return html`<span class="faint" title=${forecast.because}>90% forecast held <b class="number">${formatPercent(measured)}</b> of the time</span>`;
};

const Target = ({ view, state }: { readonly view: ScalingView; readonly state: AgentState }) => {
  const { step, stepSeconds } = state.meta;
  return html`<article class="target" aria-label=${`Scaling of ${view.target}`}>
    <div class="target-head">
      <h3>${view.target}</h3>
      <span class="chip">${MODES[view.mode] ?? view.mode}</span>
      ${view.frozen && html`<span class="chip chip-warn">frozen</span>`}
      <span class="faint">load <b class="number">${formatNumber(newest(view.observedLoad))}</b> of <b class="number">${formatNumber(newest(view.capacity))}</b> ${view.unit}</span>
      <span class="faint">replicas <b class="number">${formatCount(newest(view.readyReplicas))}</b> ready, <b class="number">${formatCount(newest(view.orderedReplicas))}</b> ordered (${formatCount(view.minReplicas)} to ${formatCount(view.maxReplicas)})</span>
      <span class="faint">lead ${formatSpan(view.leadSeconds)}</span>
      <${Coverage} view=${view} />
    </div>
    <${LoadChart} view=${view} step=${step} stepSeconds=${stepSeconds} />
    <${ReplicaChart} view=${view} step=${step} stepSeconds=${stepSeconds} />
    <${Advice} view=${view} />
  </article>`;
};

const Legend = () => html`<p class="legend" aria-hidden="true">
  <span><i class="key key-line"></i>load</span><span><i class="key key-dash"></i>median forecast</span><span><i class="key key-band"></i>10–90%</span
  ><span><i class="key key-faint"></i>to 99%</span><span><i class="key key-capacity"></i>capacity, ready</span><span><i class="key key-ordered"></i>ordered</span>
</p>`;

export const ScalingPanel = ({ state }: { readonly state: AgentState }) => {
  if (state.scaling.length === 0) return html`<${Empty}>No workload is set to be scaled.<//>`;
  return html`<${Legend} />${state.scaling.map((view) => html`<${Target} key=${view.target} view=${view} state=${state} />`)}`;
};
