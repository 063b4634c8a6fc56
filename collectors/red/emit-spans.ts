import {
  FIELD_ANSWER_NANOS,
  FIELD_CALL_NANOS,
  FIELD_DECLINED,
  FIELD_DURATIONS,
  FIELD_ERRORS,
  FIELD_GAP_LN,
  FIELD_GAPS,
  FIELD_LN,
  FIELD_NANOS,
  FIELD_ORIGIN_ERRORS,
  FIELD_OUTCOMES,
  FIELD_SELF_COUNT,
  FIELD_SELF_LN,
  FIELD_SELF_NANOS,
  LN_SCALE,
} from './kernel.ts';
import type { SpanGroup } from './service-entry.ts';
import type { SignalEmitter } from './signal-emitter.ts';
import { sketchQuantile } from './sketch/kernel.ts';
import { findFields, type SpanStep } from './span-step.ts';

const ratio = (emitter: SignalEmitter, group: SpanGroup, field: number, bad: number, total: number): void => {
  if (total > 0) emitter.put(group, field, bad / total, total);
};

const meanLn = (emitter: SignalEmitter, group: SpanGroup, field: number, sum: number, count: number): void => {
  if (count > 0) emitter.put(group, field, sum / LN_SCALE / count, count);
};

const meanSeconds = (emitter: SignalEmitter, group: SpanGroup, field: number, nanos: number, count: number): void => {
  if (count > 0) emitter.put(group, field, (nanos * 1e-9) / count, count);
};

const emitService = (group: SpanGroup, fields: Float64Array, at: number, step: SpanStep, emitter: SignalEmitter): void => {
  const count = (field: number): number => fields[at + field] as number;
  const requests = count(0);
  ratio(emitter, group, 1, count(FIELD_ERRORS), requests);
  ratio(emitter, group, 2, count(FIELD_ORIGIN_ERRORS), requests);
  meanLn(emitter, group, 3, count(FIELD_LN), requests);
  meanLn(emitter, group, 4, count(FIELD_SELF_LN), count(FIELD_SELF_COUNT));
  const sketch = step.sketches.get(group.index);
  if (sketch !== undefined) {
    emitter.put(group, 5, sketchQuantile(sketch, 0.95), requests);
    emitter.put(group, 6, sketchQuantile(sketch, 0.5), requests);
  }
  ratio(emitter, group, 7, count(FIELD_DECLINED), count(FIELD_OUTCOMES));
  meanSeconds(emitter, group, 8, count(FIELD_NANOS), requests);
  meanSeconds(emitter, group, 9, count(FIELD_SELF_NANOS), count(FIELD_SELF_COUNT));
};

const emitEdge = (group: SpanGroup, fields: Float64Array, at: number, emitter: SignalEmitter): void => {
  const count = (field: number): number => fields[at + field] as number;
  ratio(emitter, group, 1, count(FIELD_ERRORS), count(0));
  meanLn(emitter, group, 2, count(FIELD_LN), count(FIELD_DURATIONS));
  meanLn(emitter, group, 3, count(FIELD_GAP_LN), count(FIELD_GAPS));
  meanSeconds(emitter, group, 4, count(FIELD_CALL_NANOS), count(FIELD_DURATIONS));
  meanSeconds(emitter, group, 5, count(FIELD_ANSWER_NANOS), count(FIELD_GAPS));
};

/**
 * The signals of one group in one step. Without events a rate is a true zero when its service reported something in
 * the step and the group was seen within the last day; it is absent otherwise. A ratio without events is absent.
 */
export const emitGroup = (group: SpanGroup, step: SpanStep, stepSeconds: number, idleBefore: number, emitter: SignalEmitter): void => {
  const at = findFields(step.table, group.index);
  if (at < 0) {
    const silent = !step.reported.has(group.owner.index) || group.first > step.index || group.last < idleBefore;
    if (!silent && group.family !== 'objective') emitter.put(group, 0, 0, stepSeconds);
    return;
  }
  const { fields } = step.table;
  const events = fields[at] as number;
  if (group.family === 'objective') {
    ratio(emitter, group, 0, fields[at + FIELD_ERRORS] as number, events);
    return;
  }
  emitter.put(group, 0, events / stepSeconds, stepSeconds);
  if (group.family === 'service') emitService(group, fields, at, step, emitter);
  else if (group.family === 'edge') emitEdge(group, fields, at, emitter);
  else {
    ratio(emitter, group, 1, fields[at + FIELD_ERRORS] as number, events);
    ratio(emitter, group, 2, fields[at + FIELD_DECLINED] as number, fields[at + FIELD_OUTCOMES] as number);
  }
};
