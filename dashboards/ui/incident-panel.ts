import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { AgentState } from '../../agent/api/contract.ts';
import type { Incident, Suspect } from '../../agent/incident/incident.ts';
import type { ChangeEvent } from '../../core/change.ts';
import { scopeOfKey, scopeText, symptomFinding } from './evidence.ts';
import { formatNumber, formatPercent, formatSpan, formatTime, formatValue } from './format.ts';
import { ServiceName, useShortName } from './service-name.ts';
import { Empty } from './status.ts';

/** Commands that open the record of a decision outside this page. */
export const decisionCommands = (id: string): readonly string[] => [`foreshock explain ${id}`, `foreshock replay ${id}`];

const EVIDENCE_SHOWN = 8;

const Share = ({ value, kind }: { readonly value: number; readonly kind: string }) =>
  html`<span class="share" aria-hidden="true"><i class=${`share-${kind}`} style=${{ width: `${Math.max(0, Math.min(1, value || 0)) * 100}%` }}></i></span>`;

const SliceShares = ({ suspect }: { readonly suspect: Suspect }) => {
  const { harmShare, trafficShare } = suspect;
  if (typeof harmShare !== 'number' || typeof trafficShare !== 'number') return null;
  return html`<div class="slice">
    <span>of the harm</span><${Share} value=${harmShare} kind="harm" /><b class="number">${formatPercent(harmShare)}</b>
    <span>of the traffic</span><${Share} value=${trafficShare} kind="plain" /><b class="number">${formatPercent(trafficShare)}</b>
  </div>`;
};

/** The agent's label, except where it is nothing but names of services. */
const SuspectLabel = ({ suspect }: { readonly suspect: Suspect }) => {
  const { callee } = suspect.parts;
  if (suspect.kind === 'service' && suspect.label === suspect.service) return html`<${ServiceName} name=${suspect.service} />`;
  if (suspect.kind === 'edge' && callee !== undefined && suspect.label === `${suspect.service} -> ${callee}`)
    return html`<${ServiceName} name=${suspect.service} /> → <${ServiceName} name=${callee} />`;
  return html`${suspect.label}`;
};

const SuspectRow = ({ suspect }: { readonly suspect: Suspect }) => html`<li class="suspect">
  <div class="suspect-head"><b><${SuspectLabel} suspect=${suspect} /></b><span class="faint">${suspect.kind}</span><${Share} value=${suspect.share} kind="plain" /><b class="number">${formatPercent(suspect.share)}</b></div>
  <${SliceShares} suspect=${suspect} />
  ${suspect.because.length > 0 && html`<ul class="because">${suspect.because.slice(0, 3).map((sentence, index) => html`<li key=${index}>${sentence}</li>`)}</ul>`}
  ${suspect.change && html`<p class="change-before"><span class="chip chip-warn">${suspect.change.kind}</span> ${formatTime(suspect.change.at)} ${suspect.change.summary}</p>`}
</li>`;

const Scope = ({ signal }: { readonly signal: string }) => {
  const text = scopeText(scopeOfKey(signal), useShortName());
  return text === '' ? null : html`<span class="scope">${text}</span> `;
};

const Evidence = ({ incident }: { readonly incident: Incident }) => {
  const rest = incident.findings.length - EVIDENCE_SHOWN;
  return html`<div class="table-scroll"><table>
    <thead><tr><th scope="col">signal</th><th scope="col">seen</th><th scope="col">expected</th><th scope="col">evidence</th></tr></thead>
    <tbody>
      ${incident.findings.slice(0, EVIDENCE_SHOWN).map(
        (finding) => html`<tr key=${`${finding.detector} ${finding.signal}`} title=${finding.because}>
          <td><${ServiceName} name=${finding.service} /> <span class="faint">${finding.name} · ${finding.detector} <${Scope} signal=${finding.signal} />${finding.distrust !== undefined && html`<br />model ${finding.distrust}`}</span></td>
          <td class="number">${formatValue(finding.observed, finding.unit)} ${finding.direction === 'rise' ? '↑' : '↓'}</td>
          <td class="number">${formatValue(finding.expected, finding.unit)} <span class="faint">to ${formatValue(finding.direction === 'rise' ? finding.upper : finding.lower, finding.unit)}</span></td>
          <td class="number">${formatNumber(finding.evidence)}</td>
        </tr>`,
      )}
    </tbody>
  </table>${rest > 0 && html`<p class="faint">and ${rest} more</p>`}</div>`;
};

const ChangeRow = ({ change, changes }: { readonly change: ChangeEvent; readonly changes: AgentState['changes'] }) => {
  const verdict = changes.find(({ id }) => id === change.id)?.verdict;
  return html`<li><time class="number">${formatTime(change.at)}</time> <span class="chip">${change.kind}</span> ${change.summary} <span class="faint">from ${change.source}</span>${
    verdict && html`<br /><span class=${verdict.kind === 'worse' ? 'harm' : 'faint'}>${verdict.because}</span>`
  }</li>`;
};

const Detail = ({ incident, changes }: { readonly incident: Incident; readonly changes: AgentState['changes'] }) => {
  const finding = symptomFinding(incident);
  return html`<div class="incident-detail">
    ${
      finding &&
      html`<div class="seen">
        <div><span class="faint">seen, <${ServiceName} name=${finding.service} /> ${finding.name} <${Scope} signal=${finding.signal} /></span><b class="number harm">${formatValue(finding.observed, finding.unit)}</b></div>
        <div><span class="faint">expected</span><b class="number">${formatValue(finding.expected, finding.unit)}</b></div>
        <div><span class="faint">band</span><b class="number">${formatValue(finding.lower, finding.unit)} to ${formatValue(finding.upper, finding.unit)}</b></div>
      </div>
      <p>${finding.because}</p>`
    }
    <h3>Suspects</h3>
    ${incident.suspects.length === 0 ? html`<p class="faint">None stands out yet.</p>` : html`<ol class="suspects">${incident.suspects.slice(0, 4).map((suspect) => html`<${SuspectRow} key=${suspect.kind + suspect.label} suspect=${suspect} />`)}</ol>`}
    <h3>Changes before it</h3>
    ${incident.changes.length === 0 ? html`<p class="faint">No change was reported before it.</p>` : html`<ul class="plain">${incident.changes.slice(0, 4).map((change) => html`<${ChangeRow} key=${change.id} change=${change} changes=${changes} />`)}</ul>`}
    <h3>Evidence</h3>
    <${Evidence} incident=${incident} />
    ${
      incident.decisionId !== undefined &&
      html`<h3>Decision</h3>
      <div class="commands">${decisionCommands(incident.decisionId).map((command) => html`<code key=${command}>${command}</code>`)}</div>`
    }
  </div>`;
};

const stateWord = (incident: Incident): string => {
  if (incident.state === 'resolved') return 'resolved';
  if (incident.pagedAt !== undefined) return `paged ${formatTime(incident.pagedAt)}`;
  return incident.suppressedBecause === undefined ? incident.state : `not paged: ${incident.suppressedBecause}`;
};

const IncidentItem = ({
  incident,
  changes,
  now,
  open,
  toggle,
}: {
  readonly incident: Incident;
  readonly changes: AgentState['changes'];
  readonly now: number;
  readonly open: boolean;
  readonly toggle: () => void;
}) => {
  const until = incident.state === 'resolved' ? incident.resolvedAt : now;
  return html`<li class=${`incident incident-${incident.state} severity-${incident.severity}`}>
    <button type="button" class="incident-head" aria-expanded=${open} onClick=${toggle}>
      <span class="severity">${incident.state === 'resolved' ? 'resolved' : incident.severity}</span>
      <span class="incident-title">${incident.title}</span>
      <span class="faint number">${stateWord(incident)} · since ${formatTime(incident.startedAt)} · ${formatSpan((until - incident.startedAt) / 1_000)}</span>
    </button>
    ${open && html`<${Detail} incident=${incident} changes=${changes} />`}
  </li>`;
};

/** The first open incident is unfolded until the reader chooses otherwise. */
export const IncidentPanel = ({ state }: { readonly state: AgentState }) => {
  const [chosen, choose] = useState<string | null | undefined>(undefined);
  const first = state.incidents.find((incident) => incident.state === 'open')?.id;
  const unfolded = chosen === undefined ? first : chosen;
  if (state.incidents.length === 0 && state.services.length === 0) return html`<${Empty}>No service is watched yet.<//>`;
  if (state.incidents.length === 0) {
    return html`<${Empty}>Nothing is wrong that the agent can see. ${state.services.length} ${state.services.length === 1 ? 'service' : 'services'} watched.<//>`;
  }
  return html`<ul class="incidents">
    ${state.incidents.map(
      (incident) =>
        html`<${IncidentItem} key=${incident.id} incident=${incident} changes=${state.changes} now=${state.meta.now} open=${incident.id === unfolded} toggle=${() => choose(incident.id === unfolded ? null : incident.id)} />`,
    )}
  </ul>`;
};

/** One sentence for a screen reader, said again only when it changes. */
export const incidentSentence = (state: AgentState): string => {
  const open = state.incidents.filter((incident) => incident.state === 'open');
  if (open.length === 0) return 'No open incident';
  return `${open.length} open ${open.length === 1 ? 'incident' : 'incidents'}: ${open.map((incident) => incident.title).join('; ')}`;
};
