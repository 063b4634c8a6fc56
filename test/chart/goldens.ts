import { fileURLToPath } from 'node:url';
import { render } from './helm.ts';

export const goldenPath = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/chart/${name}.yaml`, import.meta.url)).replace('/dist/test/', '/test/');

const DASHBOARD = '# Source: foreshock/templates/dashboards.yaml';

/** A dashboard is thousands of lines that are kept elsewhere; here it is enough that it is there. */
const shortened = (document: string): string => {
  if (!document.includes(DASHBOARD)) return document;
  const lines = document.split('\n');
  return lines.slice(0, lines.indexOf('data:') + 2).join('\n');
};

/** What helm renders, without what differs each time. */
export const goldenOf = (valuesFile: string): string =>
  render('--values', valuesFile)
    .split('\n---\n')
    .map(shortened)
    .join('\n---\n')
    .replace(/^ {2}token: \S+$/m, '  token: MADE-AT-RANDOM')
    .trimEnd()
    .concat('\n');
