import { figure } from '../../report/report-text.ts';
import { addUp, type Bridge, daysOf, type ServiceBridge } from '../bridge.ts';
import { coinOf, type Micros, moneyText, sumOf, toUnits } from '../money.ts';
import { monthBefore } from '../month.ts';
import type { CostReport, ServiceCost } from '../report.ts';
import { roundBridge, roundByService } from '../rounding.ts';
import { bridgeChart, signedMoney } from './bridge-chart.ts';
import { type Html, section, share, table, text } from './markup.ts';
import { serviceChart, serviceName } from './service-chart.ts';
import { unitChart } from './unit-chart.ts';

const SERVICES_SHOWN = 12;

const spans = (report: CostReport, bridge: Bridge): Html => {
  const { before, after } = bridge.spans;
  const previous = monthBefore(report.month).name;
  const days =
    daysOf(before) === daysOf(after)
      ? `The first ${daysOf(after)} days of ${report.month.name} against as many of ${previous}.`
      : `All ${daysOf(after)} days of ${report.month.name} against all ${daysOf(before)} of ${previous}.`;
  const payments = bridge.volumeKnown
    ? ` Payments: ${figure(after.payments)} against ${figure(before.payments)} (${share(after.payments / before.payments - 1, true)}).`
    : ' Payments were not counted in both, so volume cannot be told from efficiency and stands at zero.';
  return `<p>${days}${payments}</p>`;
};

const effectRow = (one: ServiceBridge, currency: string): readonly Html[] => [
  text(serviceName(one.service)),
  moneyText(one.before, currency),
  signedMoney(one.volume, currency),
  signedMoney(one.rate, currency),
  signedMoney(one.efficiency, currency),
  signedMoney(one.appeared + one.gone, currency),
  moneyText(one.after, currency),
];

export const movementSection = (report: CostReport): Html => {
  const { bridge, bridgeMissing, currency, month } = report;
  if (bridge === undefined) return section('Why it moved', `<p>There is nothing to compare with: ${text(bridgeMissing ?? '')}.</p>`);
  const { services, all } = roundBridge(bridge, coinOf(currency));
  const rest = services.slice(SERVICES_SHOWN - 1);
  const others = { service: `${rest.length} others`, ...addUp(rest) };
  const shown = rest.length > 1 ? [...services.slice(0, SERVICES_SHOWN - 1), others] : services;
  return section(
    'Why it moved',
    spans(report, bridge),
    bridgeChart(all, currency, { before: monthBefore(month).name, after: month.name }),
    table(
      'The same by service, the largest movement first',
      [
        { title: 'service' },
        ...['before', 'volume', 'rate', 'efficiency', 'new or ended', 'now'].map((title) => ({ title, numeric: true })),
      ],
      shown.map((one) => effectRow(one, currency)),
      effectRow(all, currency),
    ),
    '<p class="faint"><b>Volume</b>: more or fewer payments, at what a payment cost before. <b>Rate</b>: other prices, for what is used now. <b>Efficiency</b>: more or less used for the same payments, at the prices of before. Idle node capacity and fixed replicas do not follow payments, so growth shows as efficiency there.</p>',
  );
};

export const servicesSection = (report: CostReport): Html => {
  const { services, currency, spent } = report;
  const shown = services.slice(0, SERVICES_SHOWN);
  const rest = services.slice(SERVICES_SHOWN);
  const rounded = roundByService(
    services.map((one) => [one.service, one.spent]),
    coinOf(currency),
  );
  const coins = (of: readonly ServiceCost[]): Micros => sumOf(of.map(({ service }) => rounded.get(service) ?? 0n));
  const total = toUnits(spent) || 1;
  const row = (name: Html, team: Html, of: readonly ServiceCost[]): readonly Html[] => [
    name,
    team,
    moneyText(coins(of), currency),
    share(toUnits(coins(of)) / total),
  ];
  const rows = shown.map((one) => row(text(serviceName(one.service)), text(one.team ?? ''), [one]));
  if (rest.length > 0) rows.push(row(`${rest.length} others`, '', rest));
  return section(
    'Where it goes',
    serviceChart(report),
    table(
      'Spent so far by service',
      [{ title: 'service' }, { title: 'team' }, { title: 'spent', numeric: true }, { title: 'share', numeric: true }],
      rows,
      ['all', '', moneyText(coins(services), currency), share(1)],
    ),
  );
};

export const unitSection = (report: CostReport): Html => {
  const { unitCost, currency } = report;
  if (unitCost?.perThousand === undefined) {
    return section(
      'Cost of a payment',
      '<p>Payments were not counted: set <code>cost.payments</code>, or give <code>payments</code> in allocation rows.</p>',
    );
  }
  const { marginal } = unitCost;
  const line =
    marginal === undefined
      ? ''
      : `<p>A line through ${marginal.days} days puts the cost of 1,000 <em>more</em> payments at ${moneyText(BigInt(Math.round(marginal.perThousand * 1_000_000)), currency, 4)}, and explains ${share(marginal.rSquared)} of how daily cost moved. The rest of the mean is paid whether or not anybody pays.</p>`;
  return section(
    'Cost of a payment',
    `<p>${figure(unitCost.payments)} payments so far at ${moneyText(unitCost.perThousand, currency, 4)} for 1,000 of them.</p>`,
    unitChart(unitCost, currency),
    line,
  );
};
