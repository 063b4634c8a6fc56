import { type DurationMs, type Instant, MINUTE_MS } from '../../core/time.ts';
import type { TheirAlert } from './alerts.ts';
import type { OurPage } from './relive.ts';

/** An alert and a page tell of one thing when they lie within this time of each other and name the same service. */
const MATCH_MS = 15 * MINUTE_MS;
/** An alert that had fired for longer than this before anything began is an old one. */
const CHRONIC_MS = 2 * 60 * MINUTE_MS;

export interface PageBeside {
  readonly page: OurPage;
  readonly alerts: readonly TheirAlert[];
  /** 'time' when no alert beside it names a service: the same time, perhaps not the same thing. */
  readonly by: 'service' | 'time' | 'none';
  /** How much earlier than their first alert the page went out; negative when later. */
  readonly leadMs: DurationMs | undefined;
}

export interface SideBySide {
  readonly pages: readonly PageBeside[];
  /** Theirs with no page of ours beside them. */
  readonly onlyTheirs: readonly TheirAlert[];
}

const touches = (page: OurPage, alert: TheirAlert, endsAt: Instant): boolean => {
  const from = page.startedAt - MATCH_MS;
  const to = (page.resolvedAt ?? endsAt) + MATCH_MS;
  return alert.startedAt <= to && alert.endedAt >= from && alert.startedAt >= page.startedAt - CHRONIC_MS;
};

const distance = (page: OurPage, alert: TheirAlert): number => Math.abs(alert.startedAt - page.pagedAt);

/** Each alert goes to one page: of those that name its service the nearest in time, else the nearest. */
const homeOf = (alert: TheirAlert, pages: readonly OurPage[], endsAt: Instant): OurPage | undefined => {
  const near = pages.filter((page) => touches(page, alert, endsAt)).sort((a, b) => distance(a, alert) - distance(b, alert));
  return alert.service === undefined
    ? near[0]
    : near.find((page) => page.service === alert.service || page.services.includes(alert.service as string));
};

export const sideBySide = (pages: readonly OurPage[], alerts: readonly TheirAlert[], endsAt: Instant): SideBySide => {
  const byPage = new Map<string, TheirAlert[]>();
  const onlyTheirs: TheirAlert[] = [];
  for (const alert of alerts) {
    const home = homeOf(alert, pages, endsAt);
    if (home === undefined) onlyTheirs.push(alert);
    else byPage.set(home.id, [...(byPage.get(home.id) ?? []), alert]);
  }
  return {
    pages: pages.map((page): PageBeside => {
      const beside = byPage.get(page.id) ?? [];
      const first = beside.reduce((earliest, { startedAt }) => Math.min(earliest, startedAt), Number.POSITIVE_INFINITY);
      return {
        page,
        alerts: beside,
        by: beside.length === 0 ? 'none' : beside.some(({ service }) => service !== undefined) ? 'service' : 'time',
        leadMs: beside.length === 0 ? undefined : first - page.pagedAt,
      };
    }),
    onlyTheirs,
  };
};
