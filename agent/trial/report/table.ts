/** Cells are HTML: whoever fills them has escaped what came from outside. */
export const tableHtml = (head: readonly (readonly [title: string, numeric: boolean])[], rows: readonly (readonly string[])[]): string => {
  const cell = (tag: 'td' | 'th', content: string, numeric: boolean): string =>
    `<${tag}${tag === 'th' ? ' scope="col"' : ''}${numeric ? ' class="n"' : ''}>${content}</${tag}>`;
  const body = rows.map((row) => `<tr>${row.map((content, index) => cell('td', content, head[index]?.[1] ?? false)).join('')}</tr>`);
  return `<div class="scroll"><table><thead><tr>${head.map(([title, numeric]) => cell('th', title, numeric)).join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></div>`;
};
