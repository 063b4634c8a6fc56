import { counted, figure } from '../../report/report-text.ts';
import { FOCUS_VERSION } from '../export/focus.ts';
import { coinOf, moneyText, type Nanos, roundToMicros, toUnits } from '../money.ts';
import { dayOf } from '../month.ts';
import type { CostReport } from '../report.ts';
import { roundByService } from '../rounding.ts';
import { facts, type Html, section, share, table, text } from './markup.ts';

export const accuracySection = ({ accuracy }: CostReport): Html => {
  if (accuracy === undefined)
    return section('How good forecasts were so far', '<p>There is too little history to hold forecasts of the past against what came.</p>');
  const { forecasts, followedDays, daysJudged, wape, bias, coverage, spanWape, spanCoverage, widening, naiveWape } = accuracy;
  const rows = [
    ['WAPE of single days', share(wape), 'sum of absolute errors over what was spent'],
    [`WAPE of ${followedDays} days together`, share(spanWape), 'what a budget feels: too high and too low cancel within a span'],
    ['WAPE of the same day last week', share(naiveWape), 'the yardstick: a forecast that does not beat it is not needed'],
    ['bias', share(bias, true), 'above 0: forecasts were too high'],
    ['days between P10 and P90', share(coverage), 'should be 80 %'],
    [`spans of ${followedDays} days between P10 and P90`, share(spanCoverage), `of ${forecasts} spans, which overlap`],
    [
      'band widened',
      `${figure(widening)}×`,
      'the month-end band is this much wider than sampled, so that eight in ten of those spans would have been inside',
    ],
  ];
  const verdict =
    wape > naiveWape
      ? '<p class="note">By single days, taking the same day of the week before was the better forecast in this history.</p>'
      : '';
  return section(
    'How good forecasts were so far',
    `<p>${forecasts} forecasts were made as of past days of this history, each with only what was known then, and followed for ${followedDays} days: ${figure(daysJudged)} days were judged.</p>`,
    verdict,
    table('Rolling origin', [{ title: 'measure' }, { title: 'value', numeric: true }, { title: 'meaning' }], rows),
  );
};

export const savingsSection = (report: CostReport): Html => {
  const { savings, ownService, currency, spent, services } = report;
  const own = roundByService(
    services.map((one) => [one.service, one.spent]),
    coinOf(currency),
  ).get(ownService);
  const money = (units: number): string => moneyText(roundToMicros(units), currency);
  const ownText =
    own === undefined
      ? `<p>Foreshock's own cost is not known: no row is of service <code>${text(ownService)}</code>.</p>`
      : `<p>Foreshock itself cost ${moneyText(own, currency)}, ${share(toUnits(own) / (toUnits(spent) || 1))} of all; it is part of every total here.</p>`;
  if (savings === undefined) {
    return section(
      'Savings, and what Foreshock costs',
      ownText,
      '<p>No savings are claimed: no row says what an autoscaler without Foreshock would have run.</p>',
    );
  }
  const rows = [
    [
      'modelled',
      money(savings.modelled),
      `the baseline minus the plan, in requested capacity, over ${figure(savings.hours)} service-hours, whether or not anybody acted`,
    ],
    [
      'accepted',
      money(savings.accepted),
      `the same with the replicas that stood, over the ${figure(savings.actedHours)} service-hours in which the plan was carried out`,
    ],
    ['realized', money(savings.realized), 'zero until nodes leave: a bill is for nodes, and no source here counts nodes that left'],
  ];
  return section(
    'Savings, and what Foreshock costs',
    ownText,
    table(
      'Three figures that are never added up',
      [{ title: 'savings' }, { title: 'amount', numeric: true }, { title: 'what it is' }],
      rows,
    ),
    '<p class="faint">The baseline is a HorizontalPodAutoscaler at 70 % with the defaults of Kubernetes on the same load. A negative figure means that the plan ran more than it: capacity bought ahead of load.</p>',
  );
};

const GAPS_SHOWN = 8;

export const qualitySection = ({ quality, currency }: CostReport): Html => {
  const { expectedHours, coveredHours, gaps, late, restated, rows, estimatedGapCost, unpriced } = quality;
  const gapRows = gaps
    .slice(0, GAPS_SHOWN)
    .map(({ service, from, hours }) => [text(service), new Date(from).toISOString().slice(0, 16).replace('T', ' '), figure(hours)]);
  return section(
    'Data quality',
    facts([
      ['covered', `${figure(coveredHours)} of ${figure(expectedHours)} service-hours (${share(coveredHours / expectedHours)})`],
      [
        'gaps',
        gaps.length === 0
          ? 'none'
          : `${gaps.length}; their cost is estimated at ${moneyText(roundToMicros(estimatedGapCost), currency)} from the same hours of other days, is in the month-end forecast, and is in no total of what was spent`,
      ],
      ['late', `${counted(late, 'row')} written more than a day after their hour`],
      ['restated', `${counted(restated, 'row')} replaced by a later one of the same hour`],
      ['rows read', figure(rows)],
      ...(unpriced > 0 ? [['without a price', `${counted(unpriced, 'row')} of the month before`] as const] : []),
    ]),
    gapRows.length === 0
      ? ''
      : table('Longest gaps (UTC)', [{ title: 'service' }, { title: 'from' }, { title: 'hours', numeric: true }], gapRows),
  );
};

const price = (nanos: Nanos): string => {
  const [whole = '', fraction = ''] = (Number(nanos) / 1e9).toFixed(9).split('.');
  return `${whole}.${fraction.replace(/0+$/, '').padEnd(2, '0')}`;
};

export const methodSection = (report: CostReport): Html => {
  const { entries, currency, source, inputsHash, version, monthEnd, asOf } = report;
  const priceRows = entries.flatMap((entry) =>
    [...entry.prices].map(([sku, nanos]) => [
      text(entry.version),
      entry.basis,
      dayOf(entry.from),
      Number.isFinite(entry.until) ? dayOf(entry.until) : 'open',
      `<code>${text(sku)}</code>`,
      price(nanos),
    ]),
  );
  const planned =
    monthEnd.kind === 'forecast' ? monthEnd.drivers.filter(({ kind }) => kind === 'load through the plan').map(({ name }) => name) : [];
  const drivers =
    monthEnd.kind === 'forecast'
      ? `<li><b>Forecast.</b> ${planned.length === 0 ? 'No service has both a scaling policy and a known load, so none is forecast through its plan.' : `${text(planned.join(', '))}: load is forecast hour by hour and goes through the scaling planner to replicas, then to money.`} The ${planned.length === 0 ? '' : 'other '}services are forecast by their cost at constant prices. Each forecast is a blend of Foreshock's load forecaster and the same hour of the last two weeks, in the shares that were least wrong so far, with the weekdays learned from this history. 400 futures are sampled: each follows the errors that ${monthEnd.pastForecasts} real forecasts of the past turned out to have, of all services together. Quantiles are taken of whole futures, and their distance from the middle is multiplied by ${figure(monthEnd.widening)}, because bands of the past were that much too narrow. Prices of later days are those of the price book. It is not a straight line.</li>`
      : '';
  return section(
    'Method and inputs',
    `<ol>
<li><b>Replicas to requests.</b> Replicas of an hour times CPU and memory requests of one, or requests as the source has them.</li>
<li><b>Requests to nodes.</b> A service with a node type takes the larger of its share of cores and of memory; the rest of whole nodes (as many as the hour needs) is idle node capacity. Services are packed as fractions, not one by one.</li>
<li><b>Nodes to money.</b> At the price valid in that hour. Money is whole millionths of ${text(currency)}; each table is rounded once so that it adds up.</li>
${drivers}
<li><b>Not an invoice.</b> Estimates from prices you stated. No taxes, credits, network, support or commitments unless your prices hold them. All times are UTC.</li>
</ol>`,
    priceRows.length === 0
      ? ''
      : table(
          `Price book, ${currency}`,
          [
            { title: 'version' },
            { title: 'basis' },
            { title: 'from' },
            { title: 'until' },
            { title: 'price of' },
            { title: 'price', numeric: true },
          ],
          priceRows,
        ),
    facts([
      ['source', `${text(source.kind)}: ${text(source.label)}`],
      ['SHA-256 of the source', `<code>${source.sha256}</code>`],
      ['SHA-256 of all inputs', `<code>${inputsHash}</code>`],
      ['data until', `${new Date(asOf).toISOString().slice(0, 16).replace('T', ' ')} UTC`],
      [
        'export',
        `the CSV beside this page, in the shape of FOCUS ${FOCUS_VERSION}; forecasts stand in columns that begin with <code>x_</code>, in rows of their own whose cost is zero`,
      ],
      ['made by', `Foreshock ${text(version)}; the same inputs give the same page`],
    ]),
  );
};
