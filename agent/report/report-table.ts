import { escapeHtml } from './report-text.ts';

/**
 * A table that scrolls by itself where it is wider than the page, and then by keyboard too: so it can be focused and
 * has a name. Cells are HTML: whoever fills them has escaped what came from outside.
 */
export const reportTable = (
  name: string,
  head: readonly (readonly [title: string, numeric: boolean])[],
  rows: readonly (readonly string[])[],
): string => {
  const cell = (tag: 'td' | 'th', content: string, numeric: boolean): string =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${numeric ? ' class="n"' : ''}>${content}</${tag}>`;
  const titles = head.map(([title, numeric]) => cell('th', title, numeric)).join('');
  const body = rows.map((row) => `<tr>${row.map((content, index) => cell('td', content, head[index]?.[1] ?? false)).join('')}</tr>`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(name)}"><table><thead><tr>${titles}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
};
