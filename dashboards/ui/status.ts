import { html } from 'htm/preact';
import type { ServiceStatus } from '../../agent/api/contract.ts';

/** A shape and a word besides the color: about one man in twelve does not see red against green. */
const GLYPHS: Readonly<Record<ServiceStatus, string>> = { ok: '●', watching: '◆', incident: '▲', silent: '○' };

export const STATUS_WORDS: Readonly<Record<ServiceStatus, string>> = {
  ok: 'as expected',
  watching: 'watching',
  incident: 'incident',
  silent: 'silent',
};

export const StatusMark = ({ status }: { readonly status: ServiceStatus }) =>
  html`<span class=${`mark mark-${status}`} aria-hidden="true">${GLYPHS[status] ?? '○'}</span>`;

export const Empty = ({ children }: { readonly children: unknown }) => html`<p class="empty">${children}</p>`;
