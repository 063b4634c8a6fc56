import type { ChangeEvent } from '../core/change.ts';
import type { WallClock } from '../core/clock.ts';
import { canonicalJson, sha256Hex } from '../core/hash.ts';
import { LIMITS } from '../core/limits.ts';
import { fail, succeed } from '../core/outcome.ts';
import { type Instant, SECOND_MS } from '../core/time.ts';
import type { ReportedChange } from './api/agent-view.ts';
import type { ChangeReceipt } from './api/contract.ts';
import type { ApiDependencies } from './api/dependencies.ts';

export interface ReportedChangesDependencies {
  readonly tenant: string;
  readonly clock: WallClock;
  known(): readonly ChangeEvent[];
  /** Resolves when the change is on disk. */
  add(change: ChangeEvent): Promise<void>;
}

const SOURCE = 'api';

/** A stamp of microseconds lies ten thousand years ahead: there it would be the newest change for good, and push out every later one. */
const aheadBecause = (changes: readonly ReportedChange[], now: Instant): string | undefined => {
  const index = changes.findIndex(({ at }) => at !== undefined && at > now + LIMITS.futureMs);
  if (index < 0) return undefined;
  const place = changes.length === 1 ? 'at' : `changes.${index}.at`;
  return `${place}: more than ${LIMITS.futureMs / SECOND_MS} s ahead of our clock; milliseconds since 1970 are expected`;
};

/** What makes two reports of one id the same. The time counts only where the reporter gave it: else it is that of the first report. */
const factsOf = ({ kind, service, summary, attributes }: ReportedChange | ChangeEvent): string =>
  canonicalJson({ kind, service: service ?? null, summary, attributes });

const isSame = (change: ReportedChange, known: ChangeEvent): boolean =>
  known.source === SOURCE && (change.at ?? known.at) === known.at && factsOf(change) === factsOf(known);

/** Takes changes from the API: each once, however often it is reported; one request after another. */
export const createReportedChanges = (deps: ReportedChangesDependencies): ApiDependencies['postChanges'] => {
  let last: Promise<unknown> = Promise.resolve();

  const eventOf = (change: ReportedChange): ChangeEvent => {
    const { service, kind, summary, attributes } = change;
    const at = change.at ?? deps.clock.now();
    const facts = { at, tenant: deps.tenant, kind, summary, attributes, source: SOURCE, ...(service === undefined ? {} : { service }) };
    return { id: change.id ?? `change-${sha256Hex(canonicalJson(facts)).slice(0, 16)}`, ...facts };
  };

  const post: ApiDependencies['postChanges'] = async (changes) => {
    const ahead = aheadBecause(changes, deps.clock.now());
    if (ahead !== undefined) return fail('INVALID_CHANGE', ahead);
    const known = new Map(deps.known().map((change) => [change.id, change]));
    const receipts: ChangeReceipt[] = [];
    const fresh: ChangeEvent[] = [];
    for (const change of changes) {
      const event = eventOf(change);
      const before = known.get(event.id);
      if (before !== undefined && !isSame(change, before)) {
        return fail('CHANGE_ID_TAKEN', `id: ${JSON.stringify(event.id)} was given to another change; nothing of this request is stored`);
      }
      receipts.push({ id: event.id, at: (before ?? event).at, status: before === undefined ? 'stored' : 'known' });
      if (before !== undefined) continue;
      known.set(event.id, event);
      fresh.push(event);
    }
    try {
      for (const event of fresh) await deps.add(event);
    } catch (cause) {
      return fail('CHANGE_NOT_STORED', 'the changes could not be stored; report the same again', { retryable: true, cause });
    }
    return succeed(receipts);
  };

  return (changes) => {
    const posted = last.then(() => post(changes));
    last = posted.catch(() => undefined);
    return posted;
  };
};
