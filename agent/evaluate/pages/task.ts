import { type Life, type LifeWanted, liveThrough } from './life.ts';
import { countPValues, type RealizedRates } from './p-values.ts';

/** What one thread does at a time: plain data in, plain data out. */
export type PagesTask =
  | { readonly kind: 'life'; readonly wanted: LifeWanted }
  | {
      readonly kind: 'p-values';
      readonly seed: number;
      readonly draw: number;
      readonly learnDays: number;
      readonly days: number;
      readonly stepMs: number;
    };

export type PagesResult =
  | { readonly kind: 'life'; readonly life: Life; readonly task: LifeWanted }
  | { readonly kind: 'p-values'; readonly rates: readonly RealizedRates[] };

export const performTask = (task: PagesTask): PagesResult =>
  task.kind === 'life'
    ? { kind: 'life', life: liveThrough(task.wanted), task: task.wanted }
    : { kind: 'p-values', rates: countPValues(task.seed, task.draw, task.learnDays, task.days, task.stepMs) };
