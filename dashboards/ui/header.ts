import { html } from 'htm/preact';
import { useRef, useState } from 'preact/hooks';
import type { AgentState } from '../../agent/api/contract.ts';
import { authorization, type Connection } from './connection.ts';
import { formatInstant, formatNumber, formatSpan, formatTick } from './format.ts';

const DAY_SECONDS = 86_400;

const LIVE_WORDS: Readonly<Record<Connection['kind'], string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'no connection',
  locked: 'locked',
};

export const Header = ({ state, connection }: { readonly state: AgentState | undefined; readonly connection: Connection }) => {
  const meta = state?.meta;
  return html`<header class="header">
    <h1>Foreshock</h1>
    <span class=${`live live-${connection.kind}`} role="status"><i aria-hidden="true"></i>${LIVE_WORDS[connection.kind]}</span>
    ${meta?.modes.map((mode) => html`<span class="chip" key=${mode}>${mode}</span>`)}
    <dl class="facts">
      ${
        meta?.history &&
        html`<div title=${`${meta.history.label}; sha256 ${meta.history.sha256}`}>
          <dt>earlier days</dt>
          <dd>${formatTick(meta.history.days)} days, a recording of these same services <code>sha256 ${meta.history.sha256.slice(0, 12)}…</code></dd>
        </div>`
      }
      <div><dt>step</dt><dd>${meta === undefined ? '–' : formatSpan(meta.stepSeconds)}</dd></div>
      ${
        meta !== undefined &&
        meta.dayLengthSeconds !== DAY_SECONDS &&
        html`<div title="Every period taken from the calendar is compressed by the same factor"><dt>one day</dt><dd>${formatSpan(meta.dayLengthSeconds)}</dd></div>`
      }
      <div><dt>tenant</dt><dd>${meta?.tenant ?? '–'}</dd></div>
      <div class="clock"><dt>now</dt><dd><time>${formatInstant(meta?.now)}</time></dd></div>
    </dl>
  </header>`;
};

export interface ConnectionBannerProps {
  readonly connection: Connection;
  readonly hasState: boolean;
  readonly retry: () => void;
  readonly unlock: (token: string) => void;
}

/** Lies over the page, so that nothing moves when it comes or goes. */
export const ConnectionBanner = ({ connection, hasState, retry, unlock }: ConnectionBannerProps) => {
  const [token, setToken] = useState('');
  if (connection.kind === 'lost') {
    return html`<div class="banner" role="alert">
      <span><b>No connection:</b> ${connection.why}. ${hasState ? 'What you see is old. ' : ''}Trying again within ${connection.retryInSeconds} s.</span>
      <button type="button" onClick=${retry}>Retry now</button>
    </div>`;
  }
  if (connection.kind === 'locked') {
    const submit = (event: Event): void => {
      event.preventDefault();
      if (token !== '') unlock(token);
    };
    return html`<section class="banner banner-quiet" aria-label="Access">
      <form onSubmit=${submit}>
        <label>${connection.refused ? 'This token was refused. ' : ''}Access token <input type="password" autocomplete="off" value=${token} onInput=${(event: Event) => setToken((event.target as HTMLInputElement).value)} /></label>
        <button type="submit">Open</button>
      </form>
    </section>`;
  }
  return null;
};

type FaultButton = NonNullable<AgentState['demo']>['faultButtons'][number];

/** One more click before the page can know of the first would undo it: a switch is left alone for this long. */
const SETTLE_MS = 2_500;

const failureOf = async (answer: Response | undefined): Promise<string | undefined> => {
  if (answer === undefined) return 'the agent cannot be reached';
  if (answer.ok) return undefined;
  const { message } = (await answer.json().catch(() => ({}))) as { readonly message?: string };
  return message ?? `the agent answered ${answer.status}`;
};

/** Starts a fault, or ends the one that runs. Both labels take their room, so that no button moves under the pointer. */
const FaultSwitch = ({ fault, note }: { readonly fault: FaultButton; readonly note: (text: string) => void }) => {
  const active = fault.active === true;
  const asked = useRef<{ readonly active: boolean; readonly at: number } | undefined>(undefined);
  const toggle = async (event: Event): Promise<void> => {
    const before = asked.current;
    if (before !== undefined && before.active === active && event.timeStamp - before.at < SETTLE_MS) return;
    asked.current = { active, at: event.timeStamp };
    note(`${fault.label}: asked ${active ? 'to end' : 'for'}`);
    const answer = await fetch(`/api/v1/demo/faults/${encodeURIComponent(fault.id)}`, { method: 'POST', headers: authorization() }).catch(
      () => undefined,
    );
    const failure = await failureOf(answer);
    if (failure !== undefined) asked.current = undefined;
    note(`${fault.label}: ${failure ?? (active ? 'ended' : 'started')}`);
  };
  const end = `end: ${fault.label}`;
  return html`<button type="button" class=${active ? 'active' : ''} aria-pressed=${active} onClick=${toggle}>
    <span>${active ? end : fault.label}</span><span class="other-label" aria-hidden="true">${active ? fault.label : end}</span>
  </button>`;
};

/** Faults to try, in the demo only. */
export const DemoBar = ({ demo }: { readonly demo: NonNullable<AgentState['demo']> }) => {
  const [note, setNote] = useState('');
  return html`<section class="demo" aria-label="Demo">
    <span class="demo-phase"><b>Demo</b> ${demo.phase}</span>
    <span class="faint">${formatSpan(demo.remainingSeconds)} left</span>
    <span class="faint" title="How late the agent's event loop runs; figures of a busy machine say little">event loop ${formatNumber(demo.eventLoopLagMs)} ms late</span>
    <span class="demo-faults" role="group" aria-label="Break something">
      ${demo.faultButtons.map((fault) => html`<${FaultSwitch} key=${fault.id} fault=${fault} note=${setNote} />`)}
    </span>
    <span class="demo-note faint" role="status">${note}</span>
  </section>`;
};
