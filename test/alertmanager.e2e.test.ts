import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '../agent/incident/incident.ts';
import { createAlertmanagerNotifier } from '../agent/notify/alertmanager/index.ts';
import { alertmanagerSchema } from '../agent/notify/alertmanager/schema.ts';
import { createDispatcher, type Dispatcher } from '../agent/notify/dispatcher.ts';
import { incident } from '../agent/notify/message.fixture.ts';
import { type Receiver, startReceiver } from '../agent/notify/receiver.fixture.ts';
import { standingMessages } from '../agent/telling.ts';
import { seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { until } from './agent-process.ts';

const here = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const isHere = here('prometheus-alertmanager') && here('amtool');
const isRequired = process.env.FORESHOCK_REQUIRE === 'all';
const name =
  isHere || isRequired ? 'a real Alertmanager' : 'a real Alertmanager (skipped: prometheus-alertmanager and amtool are not on the PATH)';
const SOON_MS = 30_000;

interface ShownAlert {
  readonly fingerprint: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly updatedAt: string;
  readonly status: { readonly state: string };
}
interface Group {
  readonly status: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const openOf = (id: string): Incident => {
  const now = systemClock.now();
  return incident({ id, title: `gateway <b>${id}</b> {{ .X }}`, startedAt: now - 60_000, openedAt: now, updatedAt: now, pagedAt: now });
};

describe.skipIf(!isHere && !isRequired)(name, () => {
  let folder: string;
  let url: string;
  let port: number;
  let alertmanager: ChildProcess;
  let receiver: Receiver;
  let dispatcher: Dispatcher;
  /** What the agent holds for open. */
  let book: readonly Incident[] = [];

  const startAlertmanager = async (): Promise<void> => {
    const flags = [`--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'storage')}`];
    const listen = [`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='];
    alertmanager = spawn('prometheus-alertmanager', [...flags, ...listen], { stdio: 'ignore' });
    const isReady = async (): Promise<boolean> => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
    await until('Alertmanager is ready', SOON_MS, isReady, (ready) => ready);
  };
  const stopAlertmanager = async (): Promise<void> => {
    if (alertmanager.exitCode !== null) return;
    const exited = once(alertmanager, 'exit');
    alertmanager.kill('SIGTERM');
    await exited;
  };
  const startDispatcher = async (): Promise<void> => {
    const config = alertmanagerSchema.parse({
      kind: 'alertmanager',
      urls: [url],
      repeat: '1s',
      expire: '2m',
      labels: { namespace: 'payments' },
    });
    dispatcher = await createDispatcher({
      notifiers: [createAlertmanagerNotifier(config, { clock: systemClock })],
      clock: systemClock,
      random: seededRandom(1),
      outboxPath: join(folder, 'outbox.ndjson'),
      log: { info: () => {}, warn: () => {}, error: () => {} },
      standing: () => standingMessages(book, 'https://foreshock.example'),
    });
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-alertmanager-'));
    receiver = await startReceiver((_request, response) => response.end());
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(folder, 'alertmanager.yml'),
      `route: { receiver: page, group_by: [alertname, service], group_wait: 300ms, group_interval: 500ms, repeat_interval: 1h }
receivers: [{ name: page, webhook_configs: [{ url: '${receiver.url}/page', send_resolved: true }] }]
`,
    );
    execFileSync('amtool', ['check-config', join(folder, 'alertmanager.yml')]);
    await startAlertmanager();
    await startDispatcher();
  });
  afterAll(async () => {
    await dispatcher.close();
    await stopAlertmanager();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const alerts = async (): Promise<readonly ShownAlert[]> => {
    const answer = await fetch(`${url}/api/v2/alerts`).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as readonly ShownAlert[]) : [];
  };
  const alertOf = async (id: string): Promise<ShownAlert | undefined> => (await alerts()).find(({ labels }) => labels.incident === id);
  const groups = (): readonly Group[] => receiver.received.map(({ body }) => JSON.parse(body) as Group);
  const tell = async (told: Incident): Promise<void> => {
    book = [...book, told];
    await dispatcher.enqueue({ groupKey: told.id, reason: 'first', incident: told });
  };

  it('shows an incident as one alert, whose labels route it', async () => {
    await tell(openOf('inc-1'));
    const shown = await until(
      'the alert is there',
      SOON_MS,
      () => alertOf('inc-1'),
      (alert) => alert !== undefined,
    );
    expect(shown).toMatchObject({
      labels: {
        alertname: 'ForeshockIncident',
        service: 'gateway',
        severity: 'critical',
        tenant: 'default',
        incident: 'inc-1',
        namespace: 'payments',
      },
      annotations: { summary: '[critical] gateway <b>inc-1</b> {{ .X }}', suspects: 'psp-north / birch (81 %)' },
      status: { state: 'active' },
    });
  });

  it('groups it with a second one of the same service', async () => {
    await tell(openOf('inc-2'));
    const both = await until(
      'both are told in one group',
      SOON_MS,
      async () => groups().at(-1),
      (group) => group?.alerts.length === 2,
    );
    expect(both).toMatchObject({ status: 'firing', groupLabels: { alertname: 'ForeshockIncident', service: 'gateway' } });
  });

  it('hears of it again and again, as of the same alert', async () => {
    const before = (await alertOf('inc-1')) as ShownAlert;
    const after = (await until(
      'it was sent again',
      SOON_MS,
      () => alertOf('inc-1'),
      (alert) => alert !== undefined && alert.updatedAt > before.updatedAt,
    )) as ShownAlert;
    expect([after.fingerprint, after.startsAt]).toEqual([before.fingerprint, before.startsAt]);
    expect(await alerts()).toHaveLength(2);
  });

  it('silences by its own rules', async () => {
    execFileSync('amtool', [
      `--alertmanager.url=${url}`,
      'silence',
      'add',
      'incident=inc-2',
      '--author=test',
      '--comment=known',
      '--duration=10m',
    ]);
    await until(
      'it is suppressed',
      SOON_MS,
      () => alertOf('inc-2'),
      (alert) => alert?.status.state === 'suppressed',
    );
    expect((await alertOf('inc-1'))?.status.state).toBe('active');
  });

  it('knows everything again after its own restart, and after one of ours', async () => {
    const before = await alertOf('inc-1');
    await dispatcher.close();
    await stopAlertmanager();
    await startAlertmanager();
    expect(await alerts()).toEqual([]);
    await startDispatcher();
    await until('both are back', SOON_MS, alerts, (shown) => shown.length === 2);
    const after = await alertOf('inc-1');
    expect([after?.fingerprint, after?.startsAt]).toEqual([before?.fingerprint, before?.startsAt]);
    await until(
      'the silence still holds',
      SOON_MS,
      () => alertOf('inc-2'),
      (alert) => alert?.status.state === 'suppressed',
    );
  });

  it('ends it when the incident is over, and not before', async () => {
    const told = receiver.received.length;
    expect(groups().filter(({ status }) => status === 'resolved')).toEqual([]);
    const [first, second] = book as readonly [Incident, Incident];
    book = [second];
    const over: Incident = { ...first, state: 'resolved', resolvedAt: systemClock.now(), because: 'quiet for 50 s' };
    await dispatcher.enqueue({ groupKey: first.id, reason: 'resolved', incident: over });
    await until(
      'it is gone',
      SOON_MS,
      () => alertOf('inc-1'),
      (alert) => alert === undefined,
    );
    const isEnd = ({ alerts: members }: Group): boolean =>
      members.some(({ status, labels }) => status === 'resolved' && labels.incident === 'inc-1');
    await until(
      'its end is told',
      SOON_MS,
      async () => groups().slice(told),
      (heard) => heard.some(isEnd),
    );
    expect((await alertOf('inc-2'))?.status.state).toBe('suppressed');
    expect(dispatcher.stats()[0]).toMatchObject({ givenUp: 0, pending: 0 });
  });
});
