import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Incident } from '../incident/incident.ts';
import { at, incident } from './message.fixture.ts';
import { formatValue, notificationText, notificationTitle } from './message-text.ts';

describe('the text of a notification', () => {
  it('tells what is wrong, who is hurt, since when, what was expected, why, and where to look', () => {
    const text = notificationText({ groupKey: 'g', reason: 'first', incident: incident(), url: 'http://127.0.0.1:8080/#incident-1' });
    expect(text).toBe(
      [
        '[critical] gateway: payments fail at 12.4 %',
        'Hurt: users of gateway; touches router',
        'Since: 2026-03-01 03:00:00 UTC, noticed 2026-03-01 03:02:00 UTC',
        '',
        'Seen and expected:',
        '  gateway errors: seen 12.4 %, expected 0.1 % (0 % to 0.4 %), since 2026-03-01 03:00:00 UTC',
        '',
        'Likely causes:',
        '  psp-north / birch (81 %; 97 % of the harm on 6 % of the traffic)',
        '    - 97 % of the failures on 6 % of the traffic',
        '    - fails 61 times as often as the rest',
        '    - change before it: 2026-03-01 02:59:00 UTC routing of router: birch moved to psp-north (from api)',
        '',
        'Changes before it:',
        '  2026-03-01 02:59:00 UTC routing of router: birch moved to psp-north (from api)',
        '',
        'http://127.0.0.1:8080/#incident-1',
        'Decision 01kjd0000000000007',
      ].join('\n'),
    );
  });

  it('says in its first words why it comes again', () => {
    const title = (reason: 'resolved' | 'repeat'): string => notificationTitle({ groupKey: 'g', reason, incident: incident() });
    expect([title('resolved'), title('repeat')].map((text) => text.split('[')[0])).toEqual(['RESOLVED: ', 'STILL OPEN: ']);
    const resolved = { ...incident(), state: 'resolved', resolvedAt: at(9), because: 'errors are back at 0.1 %' } as Incident;
    expect(notificationText({ groupKey: 'g', reason: 'resolved', incident: resolved })).toContain(
      'Resolved 2026-03-01 03:09:00 UTC: errors are back at 0.1 %',
    );
  });

  it.each([
    [0.412, 's', '412 ms'],
    [1.25, 's', '1.25 s'],
    [0.124, '1', '12.4 %'],
    [0.0004, 'ratio', '0.04 %'],
    [118.04, '1/s', '118/s'],
    [118.04, '{request}/s', '118/s'],
    [3_000_000, 'By', '3000000 By'],
    [7, '', '7'],
    [Number.NaN, 's', 'unknown'],
    [Number.POSITIVE_INFINITY, '1', 'unknown'],
  ])('writes %d %s as %s', (value, unit, expected) => {
    expect(formatValue(value, unit)).toBe(expected);
  });

  it('stays short and on its lines, whatever the telemetry holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.double(), fc.integer({ min: 0, max: 50 }), (hostile, number, count) => {
        const base = incident();
        const finding = {
          ...(base.findings[0] as Incident['findings'][number]),
          service: hostile,
          unit: hostile,
          observed: number,
          since: number,
        };
        const suspect = {
          ...(base.suspects[0] as Incident['suspects'][number]),
          label: hostile,
          because: Array.from({ length: count }, () => hostile),
        };
        const text = notificationText({
          groupKey: hostile,
          reason: 'first',
          incident: incident({
            title: hostile,
            findings: Array.from({ length: count }, () => finding),
            suspects: Array.from({ length: count }, () => suspect),
          }),
        });
        expect(text.split('\n').length).toBeLessThan(40);
        expect(text.length).toBeLessThan(8_000);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      }),
    );
  });
});
