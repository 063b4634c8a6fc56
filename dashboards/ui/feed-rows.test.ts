import { describe, expect, it } from 'vitest';
import type { FeedEvent } from '../../agent/api/contract.ts';
import { fixtureState } from '../../test/page-fixture.ts';
import { collapseIngest, feedRows } from './feed-rows.ts';

const event = (id: string, at: number, kind: FeedEvent['kind'], text = `${kind} ${id}`): FeedEvent => ({ id, at, kind, text });

describe('the feed', () => {
  it('tells a run of late data once, with its count, its newest words and its beginning', () => {
    const rows = collapseIngest([event('e5', 50, 'ingest', '4 values'), event('e4', 40, 'ingest', '2 values'), event('e3', 30, 'ingest')]);
    expect(rows).toEqual([{ id: 'e3', at: 50, kind: 'ingest', text: '4 values', repeated: { count: 3, since: 30 } }]);
  });

  it('keeps the same row while a run grows', () => {
    const run = [event('e2', 20, 'ingest'), event('e1', 10, 'ingest')];
    expect(collapseIngest([event('e3', 30, 'ingest'), ...run])[0]?.id).toBe(collapseIngest(run)[0]?.id);
  });

  it('leaves late data apart when something else happened between, and never folds pages', () => {
    const rows = collapseIngest([
      event('e5', 50, 'ingest'),
      event('e4', 40, 'page'),
      event('e3', 30, 'page'),
      event('e2', 20, 'ingest'),
      event('e1', 10, 'ingest'),
    ]);
    expect(rows.map((row) => [row.id, row.repeated?.count])).toEqual([
      ['e5', undefined],
      ['e4', undefined],
      ['e3', undefined],
      ['e1', 2],
    ]);
  });

  it('does not let a flood of late data push a page out of sight', () => {
    const flood = Array.from({ length: 99 }, (_unused, index) => event(`late ${index}`, 1_000 - index, 'ingest'));
    const rows = feedRows({ events: [...flood, event('page', 10, 'page')], changes: [] });
    expect(rows.map((row) => row.kind)).toEqual(['ingest', 'page']);
    expect(rows[0]?.repeated).toEqual({ count: 99, since: 902 });
  });

  it('tells its own scaling once, with the reason, and that of others always', () => {
    const change = {
      id: 'c',
      at: 50,
      tenant: 'default',
      kind: 'scale',
      service: 'pay/gateway',
      summary: '2 -> 3',
      attributes: {},
    } as const;
    const changes = [
      { ...change, source: 'foreshock' },
      { ...change, source: 'kubernetes' },
    ];
    expect(feedRows({ events: [event('e1', 50, 'scale', 'orders 3')], changes }).map((row) => row.text)).toEqual([
      'orders 3',
      '2 -> 3 (kubernetes)',
    ]);
    expect(feedRows({ events: [], changes })).toHaveLength(2);
  });

  it('puts changes among events in the order of time, with the service they are of', () => {
    const rows = feedRows(fixtureState({ scenario: 'incident', step: 1_763_808_000 }));
    expect(rows.map((row) => row.kind)).toEqual(['scale', 'page', 'suppressed', 'routing', 'forecast', 'agent']);
    expect(rows[3]).toMatchObject({ service: 'router', text: 'issuer birch moved to psp-north (api)' });
  });
});
