import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time.ts';
import { episodesOf, serviceOfAlert, type TheirAlert } from './alerts.ts';
import { sideBySide } from './match.ts';
import type { OurPage } from './relive.ts';

const SERVICES = [
  { name: 'gateway', namespace: 'payments' },
  { name: 'ledger', namespace: 'payments' },
];
const HISTORY = { from: 0, to: DAY_MS };
const minutes = (...at: readonly number[]): readonly number[] => at.map((minute) => minute * MINUTE_MS);
const firing = (labels: Record<string, string>, times: readonly number[]) => ({
  labels: { alertname: 'High', severity: 'critical', ...labels },
  times: [...times],
});

describe('alerts of theirs', () => {
  it('are one episode across missed evaluations and label sets, and two after a pause', () => {
    const episodes = episodesOf(
      [firing({ service: 'gateway', pod: 'a' }, minutes(10, 11, 12, 16)), firing({ service: 'gateway', pod: 'b' }, minutes(12, 13, 40))],
      SERVICES,
      HISTORY,
    );
    expect(
      episodes.map(({ startedAt, endedAt, instances, service, pages }) => [
        startedAt / MINUTE_MS,
        endedAt / MINUTE_MS,
        instances,
        service,
        pages,
      ]),
    ).toEqual([
      [10, 16, 2, 'payments/gateway', true],
      [40, 40, 1, 'payments/gateway', true],
    ]);
  });

  it('leave out those that only say that alerting works', () => {
    expect(
      episodesOf([firing({ alertname: 'Watchdog' }, minutes(1)), firing({ severity: 'none' }, minutes(1))], SERVICES, HISTORY),
    ).toEqual([]);
  });

  it('tell a page from a ticket by their severity, and are open while the history ends in them', () => {
    const episodes = episodesOf(
      [firing({ severity: 'Warning' }, [DAY_MS - MINUTE_MS]), firing({ alertname: 'B', severity: 'page' }, minutes(1))],
      SERVICES,
      HISTORY,
    );
    expect(episodes.map(({ alertname, pages, open }) => [alertname, pages, open])).toEqual([
      ['B', true, false],
      ['High', false, true],
    ]);
  });

  it.each([
    [{ service: 'gateway' }, 'payments/gateway'],
    [{ job: 'payments/ledger' }, 'payments/ledger'],
    [{ pod: 'ledger-7d9c5b6f4-x2x9z' }, 'payments/ledger'],
    [{ pod: 'ledger-0' }, 'payments/ledger'],
    [{ deployment: 'gateway-service', namespace: 'payments' }, 'payments/gateway'],
    [{ job: 'node-exporter', instance: 'gateway' }, undefined],
    [{}, undefined],
  ])('with %o speak of %s', (labels, service) => {
    expect(serviceOfAlert(labels, SERVICES)).toBe(service);
  });
});

const page = (id: string, service: string, from: number, to: number | undefined): OurPage => ({
  id,
  severity: 'critical',
  service,
  services: [service],
  because: '',
  signal: '',
  startedAt: from * MINUTE_MS,
  pagedAt: (from + 4) * MINUTE_MS,
  resolvedAt: to === undefined ? undefined : to * MINUTE_MS,
  suspects: [],
});
const alert = (service: string | undefined, from: number, to: number): TheirAlert => ({
  alertname: 'High',
  severity: 'critical',
  pages: true,
  service,
  labels: {},
  startedAt: from * MINUTE_MS,
  endedAt: to * MINUTE_MS,
  open: false,
  instances: 1,
});

describe('side by side', () => {
  const pages = [page('a', 'gateway', 100, 150), page('b', 'ledger', 110, 160)];
  const beside = (alerts: readonly TheirAlert[]) => sideBySide(pages, alerts, DAY_MS);

  it('an alert stands beside the page of its own service, with the lead between them', () => {
    const { pages: compared, onlyTheirs } = beside([alert('ledger', 120, 150)]);
    expect(compared.map(({ by, leadMs }) => [by, leadMs])).toEqual([
      ['none', undefined],
      ['service', 6 * MINUTE_MS],
    ]);
    expect(onlyTheirs).toEqual([]);
  });

  it('an alert that names no service stands beside the page nearest in time, and says that it is time alone', () => {
    expect(beside([alert(undefined, 103, 104)]).pages.map(({ by, leadMs }) => [by, leadMs])).toEqual([
      ['time', -MINUTE_MS],
      ['none', undefined],
    ]);
  });

  it.each<[string, TheirAlert]>([
    ['of another service', alert('router', 120, 150)],
    ['long after', alert('ledger', 176, 190)],
    ['long before', alert('ledger', 60, 90)],
    ['that has fired for hours', alert('ledger', 110 - 3 * (HOUR_MS / MINUTE_MS), 400)],
  ])('an alert %s stands alone', (_what, alone) => {
    const { pages: compared, onlyTheirs } = beside([alone]);
    expect(compared.every(({ by }) => by === 'none')).toBe(true);
    expect(onlyTheirs).toHaveLength(1);
  });

  it('a page that is not over touches what fires until the end', () => {
    expect(sideBySide([page('a', 'gateway', 100, undefined)], [alert('gateway', 900, 910)], DAY_MS).pages[0]?.by).toBe('service');
  });
});
