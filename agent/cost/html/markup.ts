import { escapeHtml, figure } from '../../report/report-text.ts';

/** HTML that is already safe. Text becomes it through `text` only. */
export type Html = string;

export const text = escapeHtml;

export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** The first cell of a row is its head; the last row may be the sum. */
export const table = (caption: string, columns: readonly Column[], rows: readonly (readonly Html[])[], sum?: readonly Html[]): Html => {
  const style = (index: number): string => (columns[index]?.numeric === true ? ' class="n"' : '');
  const rowOf = (cells: readonly Html[]): Html =>
    `<tr>${cells.map((cell, index) => (index === 0 ? `<th scope="row">${cell}</th>` : `<td${style(index)}>${cell}</td>`)).join('')}</tr>`;
  const head = columns.map(({ title }, index) => `<th scope="col"${style(index)}>${text(title)}</th>`).join('');
  const foot = sum === undefined ? '' : `<tfoot>${rowOf(sum)}</tfoot>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${text(caption)}"><table><caption>${text(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${rows.map(rowOf).join('\n')}\n</tbody>${foot}</table></div>`;
};

export const facts = (pairs: readonly (readonly [string, Html])[]): Html =>
  `<dl class="facts">${pairs.map(([name, value]) => `<dt>${text(name)}</dt><dd>${value}</dd>`).join('\n')}</dl>`;

export const tile = (name: string, value: Html, note: Html): Html =>
  `<div><dt>${text(name)}</dt><dd>${value}<small>${note}</small></dd></div>`;

export const section = (title: string, ...content: readonly Html[]): Html =>
  `<section><h2>${text(title)}</h2>\n${content.filter((part) => part !== '').join('\n')}</section>`;

/** One decimal, with a true minus sign; a dash where nothing is known. */
export const share = (ratio: number | undefined, signed = false): string => {
  if (ratio === undefined || !Number.isFinite(ratio)) return '–';
  const sign = ratio < 0 ? '−' : signed && ratio > 0 ? '+' : '';
  return `${sign}${figure(Math.abs(Math.round(ratio * 1_000) / 10))} %`;
};
