import { html } from 'htm/preact';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ShortName } from './short-names.ts';

const Names = createContext<ShortName>((name) => name);

export const ServiceNames = Names.Provider;
export const useShortName = (): ShortName => useContext(Names);

/**
 * The short name to see, the whole one to point at and to hear. The namespace is hidden text and not an aria-label,
 * which ARIA forbids on an element without a role; it is copied along, so what is pasted into a command works.
 */
export const ServiceName = ({ name }: { readonly name: string }) => {
  const shown = useShortName()(name);
  if (shown === name) return html`${name}`;
  return html`<span class="service-name" title=${name}><span class="spoken">${name.slice(0, -shown.length)}</span>${shown}</span>`;
};
