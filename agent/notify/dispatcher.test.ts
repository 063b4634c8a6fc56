import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail, succeed } from '../../core/outcome.ts';
import { seededRandom } from '../../core/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../core/simulated-clock.ts';
import { createDispatcher, type Dispatcher, type DispatcherDeps, type DispatchLog } from './dispatcher.ts';
import { incident } from './message.fixture.ts';
import type { Delivery, NotificationMessage, Notifier } from './notifier.ts';
import { openOutbox } from './outbox.ts';
import { notifierKinds } from './registry.ts';

let folder = '';
let outboxPath = '';
let clock: SimulatedClock;
let logged: string[] = [];
let opened: Dispatcher[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notify-'));
  outboxPath = join(folder, 'data', 'outbox.ndjson');
  clock = createSimulatedClock(Date.UTC(2026, 2, 1));
  logged = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((dispatcher) => dispatcher.close().catch(() => undefined)));
  await rm(folder, { recursive: true, force: true });
});

const log: DispatchLog = {
  info: (_fields, message) => logged.push(`info ${message}`),
  warn: (_fields, message) => logged.push(`warn ${message}`),
  error: (_fields, message) => logged.push(`error ${message}`),
};

/** A receiver that answers with the next of its verdicts, and with success when there are none left. */
const receiver = (
  name: string,
  verdicts: ('ok' | 'busy' | 'never' | 'throw')[] = [],
): Notifier & { readonly got: Delivery[]; readonly tried: string[] } => {
  const got: Delivery[] = [];
  const tried: string[] = [];
  return {
    name,
    got,
    tried,
    async notify(delivery) {
      tried.push(`${delivery.message.groupKey} ${delivery.message.reason}`);
      const verdict = verdicts.shift() ?? 'ok';
      if (verdict === 'busy') return fail('NOTIFIER_REFUSED', 'busy', { retryable: true });
      if (verdict === 'never') return fail('NOTIFIER_REFUSED', 'never');
      if (verdict === 'throw') throw new Error('a bug');
      got.push(delivery);
      return succeed({ reference: 'ok' });
    },
    close: () => Promise.resolve(),
  };
};

const openDispatcher = async (notifiers: readonly Notifier[], change: Partial<DispatcherDeps> = {}): Promise<Dispatcher> => {
  const dispatcher = await createDispatcher({ notifiers, clock, random: seededRandom(1), outboxPath, log, ...change });
  opened.push(dispatcher);
  return dispatcher;
};

const message = (groupKey: string, reason: NotificationMessage['reason'] = 'first', updatedAt = 1): NotificationMessage => ({
  groupKey,
  reason,
  incident: incident({ id: `incident-${groupKey}`, updatedAt }),
});

/** Lets promises and the disk run, then moves time, until the work is over. */
const settle = async (
  dispatcher: Dispatcher,
  isOver = (): boolean => dispatcher.stats().every(({ pending }) => pending === 0),
): Promise<void> => {
  for (let turn = 0; turn < 2_000 && !isOver(); turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1_000);
  }
  expect(isOver()).toBe(true);
};

const keysOf = (deliveries: readonly Delivery[]): readonly string[] =>
  deliveries.map(({ message: { groupKey, reason } }) => `${groupKey} ${reason}`);

describe('the dispatcher', () => {
  it('tells everybody, and drains', async () => {
    const [a, b] = [receiver('a'), receiver('b')];
    const dispatcher = await openDispatcher([a, b]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.drain();
    expect([keysOf(a.got), keysOf(b.got)]).toEqual([['gateway first'], ['gateway first']]);
    expect(dispatcher.stats()).toMatchObject([
      { notifier: 'a', delivered: 1, retried: 0, givenUp: 0, pending: 0 },
      { notifier: 'b', delivered: 1, retried: 0, givenUp: 0, pending: 0 },
    ]);
    expect(a.got[0]?.idempotencyKey).not.toBe(b.got[0]?.idempotencyKey);
  });

  it('tries again with the same key until the receiver takes it, in order within a group', async () => {
    const a = receiver('a', ['busy', 'throw', 'busy']);
    const dispatcher = await openDispatcher([a]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.enqueue(message('gateway', 'resolved', 2));
    await settle(dispatcher);
    expect(keysOf(a.got)).toEqual(['gateway first', 'gateway resolved']);
    expect(a.tried).toEqual(['gateway first', 'gateway first', 'gateway first', 'gateway first', 'gateway resolved']);
    expect(dispatcher.stats()[0]).toMatchObject({ delivered: 2, retried: 3, lastFailure: undefined });
  });

  it('does not let one group or one receiver wait for another', async () => {
    const stuck = receiver(
      'stuck',
      Array.from({ length: 500 }, () => 'busy' as const),
    );
    const well = receiver('well');
    const dispatcher = await openDispatcher([stuck, well]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.enqueue(message('ledger'));
    await settle(dispatcher, () => well.got.length === 2 && stuck.tried.includes('ledger first'));
    expect(dispatcher.stats()[0]).toMatchObject({ notifier: 'stuck', delivered: 0, pending: 2, lastFailure: 'busy' });
  });

  it('gives up what is final or has failed too often, counts it and says so', async () => {
    const a = receiver('a', ['never', 'busy', 'busy', 'busy']);
    const dispatcher = await openDispatcher([a], { retry: { firstDelayMs: 500, delayMsMax: 1_000, attemptsMax: 3 } });
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.enqueue(message('gateway', 'repeat', 2));
    await dispatcher.enqueue(message('gateway', 'resolved', 3));
    await settle(dispatcher);
    expect(dispatcher.stats()[0]).toMatchObject({ delivered: 1, retried: 2, givenUp: 2 });
    expect(keysOf(a.got)).toEqual(['gateway resolved']);
    expect(logged.filter((line) => line === 'error notification given up').length).toBe(2);
  });

  it('sends a message once, however often it is handed in, also after a restart', async () => {
    const a = receiver('a');
    const dispatcher = await openDispatcher([a]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.drain();
    await dispatcher.close();
    const again = await openDispatcher([a]);
    await again.enqueue(message('gateway'));
    await again.drain();
    expect(keysOf(a.got)).toEqual(['gateway first']);
    await again.enqueue(message('gateway', 'first', 99));
    await again.drain();
    expect(a.got.length).toBe(2);
  });

  it('still owes after a restart what was not delivered before, under the same key', async () => {
    const down = receiver(
      'a',
      Array.from({ length: 500 }, () => 'busy' as const),
    );
    const dispatcher = await openDispatcher([down]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.enqueue(message('gateway', 'resolved', 2));
    await settle(dispatcher, () => down.tried.length >= 2);
    await dispatcher.close();
    await appendFile(outboxPath, '{"op":"put","id":"torn');
    const up = receiver('a');
    const again = await openDispatcher([up]);
    await again.drain();
    expect(keysOf(up.got)).toEqual(['gateway first', 'gateway resolved']);
    expect(up.got[0]?.message).toEqual(message('gateway'));
    expect(logged).toContain('warn unreadable lines in the outbox were dropped');
    await again.close();
    const third = receiver('a');
    await (await openDispatcher([third])).drain();
    expect(third.got).toEqual([]);
  });

  it('keeps what it owes to a notifier that is no longer configured', async () => {
    const down = receiver(
      'old',
      Array.from({ length: 500 }, () => 'busy' as const),
    );
    const dispatcher = await openDispatcher([down]);
    await dispatcher.enqueue(message('gateway'));
    await dispatcher.close();
    await (await openDispatcher([receiver('new')])).close();
    expect(logged.some((line) => line.startsWith('error a notification is owed'))).toBe(true);
    const back = receiver('old');
    await (await openDispatcher([back])).drain();
    expect(keysOf(back.got)).toEqual(['gateway first']);
  });
});

describe('the outbox', () => {
  it('rewrites itself when most of it is done, and forgets nothing that is owed', async () => {
    const outbox = await openOutbox(outboxPath);
    const owed = { id: 'owed', notifier: 'a', enqueuedAt: 1, message: message('gateway') };
    await outbox.put(owed);
    const puts = Array.from({ length: 1_000 }, (_, index) => outbox.put({ ...owed, id: `${index}` }));
    const dones = Array.from({ length: 1_000 }, (_, index) => outbox.done(`${index}`, 'delivered', index));
    await Promise.all([...puts, ...dones]);
    expect((await readFile(outboxPath, 'utf8')).split('"op":"put"').length - 1).toBe(1);
    await outbox.put({ ...owed, id: 'later' });
    await outbox.close();
    const again = await openOutbox(outboxPath);
    expect(again.owed.map(({ id }) => id)).toEqual(['owed', 'later']);
    expect(again.unreadable).toBe(0);
    expect(await again.put({ ...owed, id: '7' })).toBe(false);
    await again.close();
  });
});

describe('the registry', () => {
  it('lists exactly the kinds that have a folder', async () => {
    const entries = await readdir(import.meta.dirname, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== 'stages').map(({ name }) => name);
    expect(Object.keys(notifierKinds).sort()).toEqual(folders.sort());
  });
});

describe('what still holds', () => {
  const repeating = (name: string, verdicts: Parameters<typeof receiver>[1] = []) =>
    Object.assign(receiver(name, verdicts), { repeatEveryMs: 60_000 });
  /** Lets promises and the disk run while time passes, second by second. */
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000);
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('is repeated to receivers that forget, to no others, and no longer once it is over', async () => {
    const forgetful = repeating('forgetful');
    const mindful = receiver('mindful');
    let open: readonly NotificationMessage[] = [message('a', 'repeat')];
    const dispatcher = await openDispatcher([forgetful, mindful], { standing: () => open });
    await dispatcher.enqueue(message('a'));
    await dispatcher.drain();
    await pass(150);
    open = [];
    await dispatcher.enqueue(message('a', 'resolved', 2));
    await dispatcher.drain();
    await pass(150);
    expect(keysOf(forgetful.got)).toEqual(['a first', 'a repeat', 'a repeat', 'a resolved']);
    expect(keysOf(mindful.got)).toEqual(['a first', 'a resolved']);
    expect(dispatcher.stats()).toMatchObject([
      { notifier: 'forgetful', delivered: 2, repeated: 2, pending: 0 },
      { notifier: 'mindful', delivered: 2, repeated: 0, pending: 0 },
    ]);
  });

  it('is told to a receiver that was restarted and knows nothing, and after a restart of ours without the message in the outbox', async () => {
    const before = await openDispatcher([repeating('am')]);
    await before.enqueue(message('a'));
    await before.drain();
    await before.close();
    const forgetful = repeating('am');
    await openDispatcher([forgetful], { standing: () => [message('a', 'repeat')] });
    await pass(61);
    expect(keysOf(forgetful.got)).toEqual(['a repeat']);
  });

  it('waits while something else of its group is on the way, and is simply repeated when it fails', async () => {
    const failing = repeating('am', ['busy', 'busy', 'busy', 'busy', 'busy', 'busy', 'busy', 'busy', 'busy']);
    const dispatcher = await openDispatcher([failing], { standing: () => [message('a', 'repeat')] });
    await dispatcher.enqueue(message('a'));
    await settle(dispatcher);
    expect(new Set(failing.tried)).toEqual(new Set(['a first']));
    const refusing = repeating('other', ['never', 'throw', 'ok']);
    await openDispatcher([refusing], { standing: () => [message('b', 'repeat')], outboxPath: join(folder, 'other.ndjson') });
    await pass(185);
    expect(refusing.tried).toEqual(['b repeat', 'b repeat', 'b repeat']);
    expect(logged.filter((line) => line === 'warn notification could not be repeated')).toHaveLength(2);
  });
});
