import type { DashboardSpec } from './dashboard.ts';

const SPENT = 'foreshock_cost_month_to_date{currency="$currency"}';
const BUDGET = 'foreshock_cost_budget{currency="$currency"}';
const HOURLY = 'sum by (service) (foreshock_cost_hourly{currency="$currency"})';
/** Seconds until the month is over, in UTC, as the price book counts months. */
const MONTH_LEFT = 'scalar((days_in_month() - day_of_month() + 1) * 86400 - hour() * 3600 - minute() * 60)';

export const cost: DashboardSpec = {
  uid: 'foreshock-cost',
  title: 'Foreshock / Cost',
  description: 'Estimated cost of this month in UTC against its budget, and what the replicas that stand cost by the hour.',
  from: 'now-7d',
  variables: [{ name: 'currency', label: 'Currency', metric: 'foreshock_cost_month_to_date' }],
  rows: [
    {
      title: 'This month',
      panels: [
        {
          kind: 'stat',
          title: 'Spent so far',
          description: 'Everything priced by the book up to the last full hour, in units of the currency.',
          unit: 'none',
          decimals: 2,
          width: 6,
          queries: [{ expr: SPENT }],
        },
        {
          kind: 'stat',
          title: 'Budget',
          description: 'What may be spent in this month, as it is configured; empty when it has no budget.',
          unit: 'none',
          decimals: 2,
          width: 6,
          queries: [{ expr: BUDGET }],
        },
        {
          kind: 'stat',
          title: 'Share of the budget spent',
          description: 'Hold it against the share of the month that has passed; above 100 % the budget is gone.',
          unit: 'percentunit',
          width: 6,
          thresholds: [
            { value: null, color: 'green' },
            { value: 0.9, color: 'orange' },
            { value: 1, color: 'red' },
          ],
          queries: [{ expr: `${SPENT} / ${BUDGET}` }],
        },
        {
          kind: 'stat',
          title: 'Run-rate to the end of the month',
          description:
            'A straight line through the last day, drawn on to the end of the month; on its first day, what is spent so far. No forecast of load, weekdays or plans: for that, with its range and its accuracy so far, run foreshock report cost.',
          unit: 'none',
          decimals: 2,
          width: 6,
          queries: [{ expr: `(predict_linear(${SPENT}[1d], ${MONTH_LEFT}) > ${SPENT}) or ${SPENT}` }],
        },
        {
          kind: 'series',
          title: 'Month to date against its budget',
          description: 'Falls back to nothing when a month begins in UTC.',
          unit: 'none',
          width: 24,
          height: 9,
          queries: [
            { expr: SPENT, legend: 'spent' },
            { expr: BUDGET, legend: 'budget' },
          ],
          lines: [
            { legend: 'spent', color: 'blue', width: 2 },
            { legend: 'budget', color: 'orange', dashed: true },
          ],
        },
      ],
    },
    {
      title: 'What stands now',
      panels: [
        {
          kind: 'series',
          title: 'Cost of an hour by service',
          description: 'Replicas that stand, priced by what they request; idle nodes and volumes are in the report only.',
          unit: 'none',
          width: 16,
          height: 9,
          queries: [{ expr: HOURLY, legend: '{{service}}' }],
        },
        {
          kind: 'bars',
          title: 'Dearest services now',
          description: 'The ten services whose replicas cost most by the hour.',
          unit: 'none',
          width: 8,
          height: 9,
          queries: [{ expr: `topk(10, ${HOURLY})`, legend: '{{service}}' }],
        },
      ],
    },
  ],
};
