import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../core/system-clock.ts';
import { at, incident } from '../message.fixture.ts';
import type { NotificationMessage } from '../notifier.ts';
import { HOSTILE_NAME, type Receiver, startReceiver } from '../receiver.fixture.ts';
import { type Alert, alertOf } from './alert.ts';
import { createAlertmanagerNotifier } from './index.ts';
import { alertmanagerSchema } from './schema.ts';

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});
const receiver = async (status = 200, text = ''): Promise<Receiver> => {
  const started = await startReceiver((_request, response) => void response.writeHead(status).end(text));
  receivers.push(started);
  return started;
};

const message = (change: Parameters<typeof incident>[0] = {}, reason: NotificationMessage['reason'] = 'first'): NotificationMessage => ({
  groupKey: 'incident-1',
  reason,
  incident: incident(change),
  url: 'https://foreshock.example/#incident-1',
});
const resolved = message({ state: 'resolved', resolvedAt: at(9), because: 'quiet for 50 s' }, 'resolved');
const send = (urls: readonly string[], told = message(), more: object = {}) =>
  createAlertmanagerNotifier(alertmanagerSchema.parse({ kind: 'alertmanager', urls, ...more }), { clock: systemClock }).notify(
    { idempotencyKey: 'a1', message: told },
    new AbortController().signal,
  );

describe('the alert of an incident', () => {
  it('keeps its labels and its start from the first sending to the last, whatever is learned meanwhile', () => {
    const first = alertOf(message(), { namespace: 'payments' }, at(2), 60_000);
    const later = alertOf(
      message({ updatedAt: at(5), suspects: [], services: ['gateway', 'router', 'ledger'], findings: [], decisionId: 'x' }, 'repeat'),
      { namespace: 'payments' },
      at(5),
      60_000,
    );
    const last = alertOf(resolved, { namespace: 'payments' }, at(10), 60_000);
    expect(first.labels).toEqual({
      namespace: 'payments',
      alertname: 'ForeshockIncident',
      service: 'gateway',
      severity: 'critical',
      tenant: 'default',
      incident: 'incident-1',
    });
    expect([later.labels, last.labels]).toEqual([first.labels, first.labels]);
    expect([first.startsAt, later.startsAt, last.startsAt]).toEqual(Array(3).fill('2026-03-01T03:00:00.000Z'));
    expect([first.endsAt, later.endsAt, last.endsAt]).toEqual([
      '2026-03-01T03:03:00.000Z',
      '2026-03-01T03:06:00.000Z',
      '2026-03-01T03:09:00.000Z',
    ]);
    expect(first.annotations).toMatchObject({
      summary: '[critical] gateway: payments fail at 12.4 %',
      suspects: 'psp-north / birch (81 %)',
      dashboard_url: 'https://foreshock.example/#incident-1',
      description: expect.stringContaining('Hurt: users of gateway'),
    });
    expect(later.annotations.summary).not.toContain('STILL OPEN');
    expect(first.generatorURL).toBe('https://foreshock.example/#incident-1');
  });

  it('is never one that ends in the future once it is over', () => {
    expect(alertOf(resolved, {}, at(4), 60_000).endsAt).toBe('2026-03-01T03:04:00.000Z');
  });

  it('carries hostile names as text, without control characters', () => {
    const { annotations } = alertOf(message({ title: HOSTILE_NAME }), {}, at(2), 1);
    expect(annotations.summary).toContain('<!channel>');
    expect(JSON.stringify(annotations)).not.toMatch(/\\u001b|\\u202e/);
  });
});

describe('an Alertmanager', () => {
  it('gets one alert by API v2, under the prefix of its address', async () => {
    const one = await receiver();
    expect(await send([`${one.url}/am`])).toEqual({ ok: true, value: { reference: '1 of 1 took it' } });
    expect(one.received[0]).toMatchObject({ method: 'POST', path: '/am/api/v2/alerts' });
    const [alert] = JSON.parse(one.received[0]?.body ?? '[]') as Alert[];
    expect(alert?.labels.alertname).toBe('ForeshockIncident');
  });

  it('of a cluster may be down while an incident is open, but each must hear of its end', async () => {
    const up = await receiver();
    const down = await receiver(503);
    expect((await send([up.url, down.url])).ok).toBe(true);
    expect(await send([up.url, down.url], resolved)).toMatchObject({ ok: false, error: { code: 'NOTIFIER_REFUSED', retryable: true } });
    expect([up.received.length, down.received.length]).toEqual([2, 2]);
  });

  it.each([
    [400, '"invalid label set"', false, 'invalid label set'],
    [400, '{"code":602,"message":"labels in body is required"}', false, 'labels in body is required'],
    [500, '<html>', true, '500'],
  ])('that answers %i %s is told of as such', async (status, text, retryable, said) => {
    const one = await receiver(status, text);
    expect(await send([one.url])).toMatchObject({ ok: false, error: { retryable, message: expect.stringContaining(said) } });
  });

  it.each([
    [{ urls: [] }, 'urls'],
    [{ urls: ['alertmanager:9093'] }, 'urls.0'],
    [{ urls: ['http://user:secret@a:9093'] }, 'urls.0'],
    [{ urls: ['http://a'], labels: { severity: 'page' } }, 'labels'],
    [{ urls: ['http://a'], labels: { 'not-a-name': 'x' } }, 'labels.not-a-name'],
    [{ urls: ['http://a'], labels: { empty: '' } }, 'labels.empty'],
    [{ urls: ['http://a'], repeat: '10ms' }, 'repeat'],
  ])('is not configured by %j', (written, where) => {
    const parsed = alertmanagerSchema.safeParse({ kind: 'alertmanager', ...written });
    expect(parsed.error?.issues[0]?.path.join('.')).toBe(where);
  });
});
