import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../core/outcome.ts';
import type { DemoView } from './api/contract.ts';

/** What the demo tells its page; the detectors see nothing of it. */
const viewSchema = z.object({
  phase: z.string(),
  remainingSeconds: z.number(),
  faultButtons: z.array(z.object({ id: z.string(), label: z.string(), active: z.boolean() })),
  eventLoopLagMs: z.number(),
});

export interface DemoLink {
  view(): DemoView | undefined;
  switchFault(id: string): Promise<Outcome<unknown, Failure<'UNKNOWN_FAULT' | 'DEMO_UNAVAILABLE'>>>;
  close(): void;
}

const POLL_MS = 1_000;

/** Passes the page's buttons on to the demo, and the demo's phase to the page. */
export const createDemoLink = (controlUrl: string, clock: Clock): DemoLink => {
  let view: DemoView | undefined;
  const poll = async (): Promise<void> => {
    try {
      const response = await fetch(new URL('/view', controlUrl), { signal: AbortSignal.timeout(POLL_MS) });
      const parsed = viewSchema.safeParse(await response.json());
      view = parsed.success ? parsed.data : undefined;
    } catch {
      view = undefined;
    }
  };
  const stop = clock.every(POLL_MS, () => void poll());
  return {
    view: () => view,
    async switchFault(id) {
      try {
        const response = await fetch(new URL(`/faults/${encodeURIComponent(id)}`, controlUrl), {
          method: 'POST',
          signal: AbortSignal.timeout(5_000),
        });
        if (response.status === 404) return fail('UNKNOWN_FAULT', `the demo knows no fault ${id}`);
        return response.ok ? succeed(undefined) : fail('DEMO_UNAVAILABLE', `the demo answered ${response.status}`, { retryable: true });
      } catch (cause) {
        return fail('DEMO_UNAVAILABLE', 'the demo does not answer', { retryable: true, cause });
      }
    },
    close: stop,
  };
};
