import { canonicalJson, type Json } from '../core/hash.ts';
import type { Instant } from '../core/time.ts';
import { decideScale, type ScaleInputs } from './act/workload.ts';
import type { DecisionEntry, DecisionKind, DecisionRecord } from './audit/decision-record.ts';
import type { DecisionKinds } from './audit/replay.ts';
import { decidePage, type PageInputs } from './incident/page-record.ts';
import { decideResolve, type ResolveInputs } from './incident/resolve.ts';
import { type CapturedFinding, recomputeFinding } from './models/detection.ts';

/**
 * A value as it stands in a record: what JSON keeps of it, keys in canonical order, so that a function of the record sees
 * what replay will see.
 */
export const asJson = (value: unknown): Json => JSON.parse(canonicalJson(JSON.parse(JSON.stringify(value)) as Json)) as Json;

const page = (inputs: Json): Json => asJson(decidePage(inputs as unknown as PageInputs<CapturedFinding>, recomputeFinding));

/** Every kind of decision as a function of its record alone. The live agent decides by these, and replay recomputes by them. */
export const DECISIONS: DecisionKinds = {
  page,
  suppressed: page,
  scale: (inputs) => asJson(decideScale(inputs as unknown as ScaleInputs)),
  resolve: (inputs) => asJson(decideResolve(inputs as unknown as ResolveInputs)),
};

/** Decides from the inputs of a record and appends it: what is told or done is what the record says. */
export type Recorder = (kind: DecisionKind, subject: string, at: Instant, inputs: Json) => Promise<DecisionRecord>;

export const createRecorder =
  (tenant: string, log: { append(entry: DecisionEntry): Promise<DecisionRecord> }): Recorder =>
  async (kind, subject, at, inputs) => {
    const decide = DECISIONS[kind];
    if (decide === undefined) throw new Error(`no function decides '${kind}'`);
    return log.append({ kind, tenant, subject, inputs, output: decide(inputs), at });
  };
