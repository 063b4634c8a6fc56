import type { DashboardSpec } from './dashboard.ts';

export const scaler: DashboardSpec = {
  uid: 'foreshock-scaler',
  title: 'Foreshock / Scaler',
  description: 'One scaled workload: load, the forecast that replicas are bought for, and what was ordered when.',
  from: 'now-6h',
  variables: [{ name: 'target', label: 'Target', metric: 'foreshock_load' }],
  rows: [
    {
      title: '$target',
      panels: [
        {
          kind: 'series',
          title: 'Load and its forecast at the lead time',
          description: 'The forecast was made one lead time before the load it speaks of: compare it with the load that far to the right.',
          unit: 'reqps',
          width: 24,
          height: 10,
          queries: [
            { expr: 'foreshock_forecast_load{target="$target", quantile="0.99"}', legend: '99 %' },
            { expr: 'foreshock_forecast_load{target="$target", quantile="0.1"}', legend: '10 %' },
            { expr: 'foreshock_forecast_load{target="$target", quantile="0.5"}', legend: 'median' },
            { expr: 'foreshock_load{target="$target"}', legend: 'load' },
          ],
          lines: [
            { legend: '99 %', color: 'rgba(120,150,190,0.35)', fillTo: '10 %' },
            { legend: '10 %', color: 'rgba(120,150,190,0.35)' },
            { legend: 'median', color: '#8590a0', dashed: true },
            { legend: 'load', color: 'blue', width: 2 },
          ],
        },
        {
          kind: 'series',
          title: 'Replicas',
          description: 'Ordered, ready, wanted, and what a HorizontalPodAutoscaler at the same load per replica would order now.',
          unit: 'none',
          width: 16,
          height: 9,
          queries: [
            { expr: 'foreshock_replicas{target="$target", state="ready"}', legend: 'ready' },
            { expr: 'foreshock_replicas{target="$target", state="ordered"}', legend: 'ordered' },
            { expr: 'foreshock_desired_replicas{target="$target"}', legend: 'wanted' },
            { expr: 'foreshock_replicas{target="$target", state="reactive"}', legend: 'an HPA' },
          ],
          lines: [
            { legend: 'ready', color: 'green', width: 2 },
            { legend: 'ordered', color: 'orange' },
            { legend: 'wanted', color: 'orange', dashed: true },
            { legend: 'an HPA', color: '#8590a0', dashed: true },
          ],
        },
        {
          kind: 'stat',
          title: 'Replica-hours in this range',
          description: 'What was ordered, summed over time.',
          unit: 'none',
          decimals: 1,
          width: 8,
          queries: [{ expr: 'avg_over_time(foreshock_replicas{target="$target", state="ordered"}[$__range]) * $__range_s / 3600' }],
        },
        {
          kind: 'stat',
          title: 'Share of time in which load was forecast at 99 % or less',
          description: 'A calibrated forecast shows 99 %.',
          unit: 'percentunit',
          width: 8,
          queries: [
            {
              expr: 'avg_over_time((foreshock_load{target="$target"} <= bool ignoring (quantile) foreshock_forecast_load{target="$target", quantile="0.99"})[$__range:])',
            },
          ],
        },
      ],
    },
  ],
};
