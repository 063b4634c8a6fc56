import { dayOf } from '../month.ts';
import type { CostReport } from '../report.ts';
import { text } from './markup.ts';
import { movementSection, servicesSection, unitSection } from './movement-section.ts';
import { COST_STYLE } from './style.ts';
import { pageTitle, summarySection } from './summary-section.ts';
import { accuracySection, methodSection, qualitySection, savingsSection } from './trust-sections.ts';

const bases = ({ entries }: CostReport): string => [...new Set(entries.map(({ basis }) => basis))].join(' and ');

/** Data that is no user's own says so before any figure. */
const exampleNote = ({ source }: CostReport): string =>
  source.label.startsWith('example:')
    ? `<p class="note"><b>Example data:</b> ${text(source.label.slice('example:'.length).trim())}.</p>`
    : '';

/** One page, complete in itself: no script, nothing loaded, every text from outside escaped. */
export const renderCostReport = (report: CostReport): string => {
  const title = text(pageTitle(report));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${COST_STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<div class="faint">${text(report.provider)}, ${report.currency}, data until ${dayOf(report.asOf - 1)}; estimates at ${text(bases(report) || 'given')} prices</div>
</header>
<main>
${exampleNote(report)}
${summarySection(report)}
${movementSection(report)}
${servicesSection(report)}
${unitSection(report)}
${accuracySection(report)}
${savingsSection(report)}
${qualitySection(report)}
${methodSection(report)}
</main>
<footer>Estimates, not an invoice. Inputs ${report.inputsHash.slice(0, 16)}, Foreshock ${text(report.version)}.</footer>
</body>
</html>
`;
};
