/** Six days of two minutes: two quiet ones, then one trouble a day at the busiest hours. */
import type { ChangeEvent } from '../../core/change.ts';
import { DAY_SECONDS } from './payment-traffic.ts';
import { STORY_START, type Story } from './simulated-agent.ts';

const at = (day: number, second: number): number => day * DAY_SECONDS + second;

export const SLOW_LEDGER = { from: at(2, 58), to: at(2, 84) };
export const DECLINES = { from: at(3, 56), to: at(3, 84) };
export const SILENT_PSP = { from: at(4, 56), to: at(4, 84) };
/** From the busiest hours into the evening, when a guess would scale down. */
export const NO_LOAD = { from: at(5, 70), to: at(5, 105) };
export const STORY_END = at(6, 20);

export const ROUTING_CHANGE: ChangeEvent = {
  id: 'change-1',
  at: STORY_START + 1_000 * (DECLINES.from - 4),
  tenant: 'default',
  kind: 'routing',
  service: 'router',
  summary: 'psp-a takes birch cards by its new rail',
  attributes: { provider: 'psp-a', issuer: 'birch' },
  source: 'api',
};

/** An hour before, of another part: it must not be blamed. */
const EARLIER_DEPLOY: ChangeEvent = {
  id: 'change-0',
  at: STORY_START + 1_000 * (DECLINES.from - 20),
  tenant: 'default',
  kind: 'deploy',
  service: 'ledger',
  summary: 'ledger 1.4.2',
  attributes: { version: '1.4.2' },
  source: 'api',
};

export const paymentStory = (more: Partial<Story> = {}): Story => ({
  seed: 20_260,
  changes: [EARLIER_DEPLOY, ROUTING_CHANGE],
  faults: [
    { kind: 'slow', service: 'ledger', factor: 8, ...SLOW_LEDGER },
    { kind: 'declines', provider: 'psp-a', issuer: 'birch', ...DECLINES },
    { kind: 'no-telemetry', service: 'psp-b', ...SILENT_PSP },
    { kind: 'no-telemetry', service: 'gateway', ...NO_LOAD },
  ],
  ...more,
});
