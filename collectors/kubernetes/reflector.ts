import { type Clock, sleep } from '../../core/clock.ts';
import type { KubernetesApi, KubernetesFailure } from '../../core/kubernetes-api.ts';
import { fail, type Outcome, succeed } from '../../core/outcome.ts';
import { MINUTE_MS, SECOND_MS } from '../../core/time.ts';
import { listPageSchema, watchErrorSchema, watchedSchema } from './objects.ts';

/** One resource of one namespace. */
export interface ReflectorOptions<Item> {
  /** As people call it: deployments in payments. */
  readonly what: string;
  readonly path: string;
  /** What is kept of an object; undefined when it cannot be read, and then it is absent. */
  read(object: unknown): Item | undefined;
  /** Each difference once, whether a watch or a list brought it. `before` is undefined for what is new, `after` for what is gone. */
  onChange(before: Item | undefined, after: Item | undefined): void;
}

export interface ReflectorDependencies {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: () => number;
  readonly tell: (level: 'info' | 'warn', what: string) => void;
}

export interface Reflector<Item> {
  /** What stands, while it is known; undefined before the first list and while the watch is lost. */
  items(): Iterable<Item> | undefined;
  close(): Promise<void>;
}

const PAGE = '500';
/** Half a million objects. A list that goes on is one that repeats itself. */
const PAGES_MAX = 1_000;
/** Watches are short, so that a connection that died without a word is noticed within a minute. */
const WATCH_SECONDS = 30;
const WATCH_GRACE_MS = 10 * SECOND_MS;
const FIRST_PAUSE_MS = SECOND_MS / 2;
const PAUSE_MAX_MS = 30 * SECOND_MS;
/** Somebody may still grant the right. */
const FORBIDDEN_PAUSE_MS = MINUTE_MS;

type Ended = { readonly kind: 'in-order' } | { readonly kind: 'gone' } | { readonly kind: 'lost'; readonly failure: KubernetesFailure };

const isForbidden = ({ code }: KubernetesFailure): boolean => code === 'FORBIDDEN' || code === 'UNAUTHORIZED';

/** Lists, then watches from the version of the list; lists again whenever the watch is lost or its version has expired. */
export const createReflector = <Item>(
  { what, path, read, onChange }: ReflectorOptions<Item>,
  { api, clock, random, tell }: ReflectorDependencies,
): Reflector<Item> => {
  const stopping = new AbortController();
  const known = new Map<string, Item>();
  let version = '';
  let isCurrent = false;
  let failures = 0;
  let trouble: string | undefined;
  let toldUnreadable = false;

  const drop = (uid: string): void => {
    const before = known.get(uid);
    known.delete(uid);
    if (before !== undefined) onChange(before, undefined);
  };

  const put = (object: unknown): string | undefined => {
    const parsed = watchedSchema.safeParse(object);
    const item = parsed.success ? read(object) : undefined;
    if (!parsed.success || item === undefined) {
      if (!toldUnreadable) tell('warn', `${what}: an object cannot be read and is left out`);
      toldUnreadable = true;
      // What it was before says nothing of what it is now.
      if (parsed.success) drop(parsed.data.metadata.uid);
      return undefined;
    }
    const { uid } = parsed.data.metadata;
    const before = known.get(uid);
    known.set(uid, item);
    onChange(before, item);
    return uid;
  };

  const list = async (): Promise<Outcome<void, KubernetesFailure>> => {
    const objects: unknown[] = [];
    let page = '';
    let listed = '';
    let pages = 0;
    do {
      pages += 1;
      if (pages > PAGES_MAX) return fail('UNAVAILABLE', `${path}: the list has more than ${PAGES_MAX} pages`, { retryable: true });
      const query = { limit: PAGE, ...(page === '' ? {} : { continue: page }) };
      const answer = await api.request({ method: 'GET', path, query }, stopping.signal);
      if (!answer.ok) return answer;
      const parsed = listPageSchema.safeParse(answer.value);
      if (!parsed.success) return fail('UNAVAILABLE', `${path}: the answer is no list`, { retryable: true });
      objects.push(...parsed.data.items);
      page = parsed.data.metadata.continue;
      listed = parsed.data.metadata.resourceVersion;
    } while (page !== '');
    const present = new Set(objects.map(put));
    for (const uid of [...known.keys()]) if (!present.has(uid)) drop(uid);
    version = listed;
    return succeed(undefined);
  };

  const watch = async (): Promise<Ended> => {
    const deadline = new AbortController();
    const seconds = WATCH_SECONDS * (1 + 0.5 * random());
    const cancelDeadline = clock.after(seconds * SECOND_MS + WATCH_GRACE_MS, () => deadline.abort());
    const query = { resourceVersion: version, allowWatchBookmarks: 'true', timeoutSeconds: String(Math.round(seconds)) };
    const broken = new AbortController();
    let ended: Ended = { kind: 'in-order' };
    const onEvent = (type: string, object: unknown): void => {
      if (ended.kind !== 'in-order') return;
      if (type === 'ERROR') {
        const { code, message } = watchErrorSchema.parse(object);
        ended = code === 410 ? { kind: 'gone' } : { kind: 'lost', failure: fail('UNAVAILABLE', `watch ${path}: ${code} ${message}`).error };
        broken.abort();
        return;
      }
      failures = 0;
      const parsed = watchedSchema.safeParse(object);
      if (parsed.success) version = parsed.data.metadata.resourceVersion;
      if (type === 'DELETED' && parsed.success) drop(parsed.data.metadata.uid);
      else if (type === 'ADDED' || type === 'MODIFIED') put(object);
    };
    const signal = AbortSignal.any([stopping.signal, deadline.signal, broken.signal]);
    const outcome = await api.watch({ path, query, onOpen: () => {}, onEvent }, signal).finally(cancelDeadline);
    if (outcome.ok && ended.kind === 'in-order') failures = 0;
    if (ended.kind !== 'in-order' || outcome.ok) return ended;
    return outcome.error.code === 'GONE' ? { kind: 'gone' } : { kind: 'lost', failure: outcome.error };
  };

  const lost = async (failure: KubernetesFailure): Promise<void> => {
    isCurrent = false;
    if (stopping.signal.aborted) return;
    if (failures > 0 && trouble !== failure.code) {
      trouble = failure.code;
      tell('warn', `${what} are absent: ${failure.message}`);
    }
    const pause = isForbidden(failure)
      ? FORBIDDEN_PAUSE_MS
      : Math.min(PAUSE_MAX_MS, FIRST_PAUSE_MS * Math.exp(Math.LN2 * Math.min(10, failures)));
    failures += 1;
    await sleep(clock, Math.max(failure.retryAfterMs ?? 0, pause * (0.5 + 0.5 * random())), stopping.signal);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const listed = await list();
      if (!listed.ok) {
        // A refusal is told at once; a server that is away for a moment is not.
        if (isForbidden(listed.error)) failures = Math.max(1, failures);
        await lost(listed.error);
        continue;
      }
      isCurrent = true;
      if (trouble !== undefined) tell('info', `${what} are known again`);
      trouble = undefined;
      let ended = await watch();
      while (ended.kind === 'in-order' && !stopping.signal.aborted) {
        // A server that ends every watch at once is not asked without a pause.
        await sleep(clock, FIRST_PAUSE_MS, stopping.signal);
        ended = await watch();
      }
      if (ended.kind === 'lost') await lost(ended.failure);
      // One version that expired is listed again at once; a server for which every version has is not.
      else if (ended.kind === 'gone' && failures > 0) await lost(fail('GONE', `watch ${path}: the version just listed has expired`).error);
      else if (ended.kind === 'gone') failures = 1;
    }
  };

  const running = run().catch((error: unknown) => {
    isCurrent = false;
    tell('warn', `${what} are absent: ${String(error)}`);
  });

  return {
    items: () => (isCurrent ? known.values() : undefined),
    async close() {
      stopping.abort();
      await running;
    },
  };
};
