import { describe, expect, it } from 'vitest';
import { type HealthInput, readiness } from './health.ts';
import { createLogger } from './logger.ts';

const NOW = 1_000_000_000;
const well: HealthInput = {
  now: NOW,
  stepMs: 10_000,
  graceMs: 10_000,
  replaying: false,
  lastAcceptedAt: NOW - 1_000,
  lastClosedStepAt: NOW - 15_000,
  eventLoopLagSeconds: 0.01,
  stopping: false,
};

describe('readiness', () => {
  it.each<readonly [string, Partial<HealthInput>, readonly string[]]>([
    ['all is well', {}, []],
    ['nothing has arrived yet', { lastAcceptedAt: undefined, lastClosedStepAt: undefined }, []],
    ['the senders are silent', { lastAcceptedAt: NOW - 600_000, lastClosedStepAt: NOW - 600_000 }, []],
    ['data arrives and no step closes', { lastClosedStepAt: NOW - 71_000 }, ['steps-stalled']],
    ['the log is read again', { replaying: true }, ['replaying']],
    ['the disk is full', { storeFailure: 'ENOSPC', decisionLogFailure: 'ENOSPC' }, ['store-unavailable', 'decision-log-unavailable']],
    ['the loop is blocked', { eventLoopLagSeconds: 2.5 }, ['event-loop-blocked']],
    ['it is stopping', { stopping: true }, ['stopping']],
  ])('when %s', (_name, change, codes) => {
    const { ready, reasons } = readiness({ ...well, ...change });
    expect(reasons.map(({ code }) => code)).toEqual(codes);
    expect(ready).toBe(codes.length === 0);
  });
});

describe('the logger', () => {
  it('writes one line a message, and no credential', () => {
    const written: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: (line) => written.push(line) } });
    const canary = 'canary-5f3a';
    log.info(
      {
        authorization: canary,
        request: { headers: { authorization: canary } },
        notifier: { config: { token: canary } },
        'set-cookie': canary,
      },
      'sent\nforged line',
    );
    log.error({ error: new Error('no route') }, 'failed');
    log.debug('not written');
    expect(written.length).toBe(2);
    expect(written.join('')).not.toContain(canary);
    expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(JSON.parse(written[0] as string)).toMatchObject({
      level: 'info',
      name: 'foreshock',
      authorization: '[REDACTED]',
      msg: 'sent\nforged line',
    });
    expect(JSON.parse(written[1] as string)).toMatchObject({ level: 'error', error: { message: 'no route' } });
  });
});
