import { html, render } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import type { AgentState } from '../../agent/api/contract.ts';
import { CallGraph } from './call-graph.ts';
import { useAgent } from './connection.ts';
import { ConnectionBanner, DemoBar, Header } from './header.ts';
import { IncidentPanel, incidentSentence } from './incident-panel.ts';
import { ScalingPanel } from './scaling-panel.ts';
import { ServiceList } from './service-list.ts';
import { ServiceNames } from './service-name.ts';
import { serviceNamesOf, shortNames } from './short-names.ts';
import { Budgets, Feed, Ledger, Models } from './side-panels.ts';

/** Panels of fixed height without anything to focus in them: the keyboard must still reach what is below the edge. */
const SCROLLING = new Set(['feed']);

const Panel = ({
  name,
  title,
  note,
  children,
}: {
  readonly name: string;
  readonly title: string;
  readonly note?: string;
  readonly children: unknown;
}) =>
  html`<section class=${`panel panel-${name}`} aria-labelledby=${`title-${name}`}>
    <h2 id=${`title-${name}`}>${title}${note !== undefined && html`<span class="faint">${note}</span>`}</h2>
    <div class="panel-body" tabindex=${SCROLLING.has(name) ? 0 : undefined}>${children}</div>
  </section>`;

const incidentNote = (state: AgentState): string => {
  const count = (wanted: string): number => state.incidents.filter((incident) => incident.state === wanted).length;
  return `${count('open')} open, ${count('watching')} watched, ${count('resolved')} resolved`;
};

const modelNote = ({ models }: AgentState): string =>
  `${models.calibrated} calibrated, ${models.warmingUp} warming up, ${models.outOfCalibration} out of calibration`;

const Panels = ({ state }: { readonly state: AgentState }) => {
  const sentence = incidentSentence(state);
  const open = state.incidents.filter((incident) => incident.state === 'open').length;
  useEffect(() => {
    document.title = open === 0 ? 'Foreshock' : `(${open}) Foreshock`;
  }, [open]);
  return html`<${ServiceNames} value=${shortNames(serviceNamesOf(state))}>
    <p class="spoken" aria-live="assertive">${sentence}</p>
    ${state.demo && html`<${DemoBar} demo=${state.demo} />`}
    <main class="grid">
      <div class="column column-side">
        <${Panel} name="incidents" title="Incidents" note=${incidentNote(state)}><${IncidentPanel} state=${state} /><//>
        <${Panel} name="feed" title="Changes and events"><${Feed} state=${state} /><//>
        <${Panel} name="ledger" title="Ingest" note="points and spans since start"><${Ledger} ledger=${state.ingest} /><//>
      </div>
      <div class="column column-main">
        <${Panel} name="graph" title="Call flow" note="calls per second, share that fails"><${CallGraph} graph=${state.graph} /><//>
        <${Panel} name="services" title="Services" note="observed against expected band; departures in red"><${ServiceList} state=${state} /><//>
        <${Panel} name="scaling" title="Load and replicas"><${ScalingPanel} state=${state} /><//>
        <${Panel} name="slo" title="Error budgets"><${Budgets} slo=${state.slo} /><//>
        <${Panel} name="models" title="Models" note=${modelNote(state)}><${Models} models=${state.models} /><//>
      </div>
    </main>
  <//>`;
};

const Page = () => {
  const { state, connection, retry, unlock } = useAgent();
  return html`<div class=${connection.kind === 'lost' ? 'page stale' : 'page'}>
    <${Header} state=${state} connection=${connection} />
    ${
      state === undefined
        ? html`<main class="loading" aria-busy=${connection.kind === 'connecting'}><p>${connection.kind === 'connecting' ? 'Waiting for the agent…' : 'No data yet.'}</p></main>`
        : html`<${Panels} state=${state} />`
    }
    <${ConnectionBanner} connection=${connection} hasState=${state !== undefined} retry=${retry} unlock=${unlock} />
  </div>`;
};

const root = document.getElementById('page');
if (root !== null) render(html`<${Page} />`, root);
