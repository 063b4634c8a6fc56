import { DECLINED_SHARE, FAILED_SHARE, PAYMENTS } from '../../core/business.ts';
import type { ChangeEvent } from '../../core/change.ts';
import type { ServiceGraph } from '../../core/graph.ts';
import type { DurationMs, Instant } from '../../core/time.ts';
import type { Suspect } from '../incident/incident.ts';
import { rankBusiness } from './business.ts';
import type { SignalEvidence } from './evidence.ts';
import { rankServices } from './services.ts';
import { rankSlices } from './slices.ts';

export interface RankInput {
  readonly evidence: readonly SignalEvidence[];
  readonly graph: ServiceGraph;
  readonly silent: readonly string[];
  readonly changes: readonly ChangeEvent[];
  readonly startedAt: Instant;
  /** A change older than this before the onset explains nothing. */
  readonly changeWindowMs: DurationMs;
  /** The onset is an estimate: a change up to this much after it may still be the cause. */
  readonly onsetToleranceMs: DurationMs;
  /** Slice dimensions in the order in which people name them. */
  readonly dimensions?: readonly string[];
}

/** Suspects shown to people: past the fifth nobody reads on. */
const MOST_SUSPECTS = 5;
/** Errors of a slice are mostly a shadow of the service that fails; declines have no other origin. */
const ERROR_SLICE_WEIGHT = 0.4;
/** Weight that puts a slice holding all declines at a tenth of the traffic (score ln 10) above weak service evidence. */
const DECLINE_SLICE_WEIGHT = 2;

const entryServices = (graph: ServiceGraph): readonly string[] => {
  const called = new Set(graph.edges.map((edge) => edge.callee));
  const entries = graph.services.filter((service) => !called.has(service));
  return entries.length > 0 ? entries : graph.services;
};

/** How well a change fits a suspect: what it names, where it happened, how close before the onset. */
const fitOf = (change: ChangeEvent, suspect: Suspect, input: RankInput): number => {
  const age = input.startedAt - change.at;
  if (age > input.changeWindowMs || -age > input.onsetToleranceMs) return 0;
  const recency = 1 - Math.max(0, age) / input.changeWindowMs;
  const named = new Set([...Object.values(change.attributes), ...(change.service === undefined ? [] : [change.service])]);
  const parts = suspect.kind === 'slice' ? Object.values(suspect.parts) : [suspect.service];
  const matches = parts.filter((part) => named.has(part)).length / parts.length;
  const contradicts =
    suspect.kind === 'slice' &&
    Object.entries(suspect.parts).some(([key, value]) => change.attributes[key] !== undefined && change.attributes[key] !== value);
  return contradicts ? 0 : 0.25 * recency + matches;
};

/** Our own scaling is listed among changes but is no cause of anything but capacity. */
const bestChange = (suspect: Suspect, input: RankInput): ChangeEvent | undefined => {
  let best: ChangeEvent | undefined;
  let bestFit = 0;
  for (const change of input.changes) {
    if (change.kind === 'scale') continue;
    const fit = fitOf(change, suspect, input);
    // A change that names nothing of the suspect explains it only when it was the very last thing before the onset.
    if (fit > Math.max(0.2, bestFit)) {
      best = change;
      bestFit = fit;
    }
  }
  return best;
};

const withChange = (suspect: Suspect, input: RankInput): Suspect => {
  const change = bestChange(suspect, input);
  if (change === undefined) return suspect;
  const seconds = Math.round((input.startedAt - change.at) / 1000);
  const when = seconds >= 0 ? `${seconds} s before the onset` : `at the onset`;
  return { ...suspect, change, because: [...suspect.because, `${change.kind} change ${when}: ${change.summary}`] };
};

/** All candidate causes, most likely first, with their shares of the total score. Pure. */
export const rankSuspects = (input: RankInput): readonly Suspect[] => {
  const services = rankServices(input.evidence, input.graph, new Set(input.silent));
  const entries = entryServices(input.graph);
  const declines = [
    ...entries.flatMap((service) => rankSlices(input.evidence, service, 'declined', input.dimensions)),
    ...rankBusiness(input.evidence, DECLINED_SHARE),
    ...rankBusiness(input.evidence, PAYMENTS),
  ].map((suspect) => ({ ...suspect, score: suspect.score * DECLINE_SLICE_WEIGHT }));
  const errors = [
    ...entries.flatMap((service) => rankSlices(input.evidence, service, 'errors', input.dimensions)),
    ...rankBusiness(input.evidence, FAILED_SHARE),
  ].map((suspect) => ({ ...suspect, score: suspect.score * ERROR_SLICE_WEIGHT }));
  const ranked = [...services, ...declines, ...errors]
    .sort((a, b) => b.score - a.score || (a.label < b.label ? -1 : 1))
    .slice(0, MOST_SUSPECTS);
  const total = ranked.reduce((sum, suspect) => sum + suspect.score, 0);
  return ranked.map((suspect) => withChange({ ...suspect, share: total > 0 ? suspect.score / total : 0 }, input));
};
