import type { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { describeProblem } from './payment.ts';

export interface FaultSpec {
  readonly kind: string;
  /** Ends by itself after this; absent: until it is switched off. */
  readonly durationMs?: number | undefined;
}

export interface ActiveFault<Fault extends FaultSpec> {
  readonly fault: Fault;
  readonly elapsedMs: number;
}

/** The faults of one service, switched over its admin port. */
export interface FaultSwitch {
  /** Checks and switches on; a fault of the same kind is replaced and starts anew. */
  start(body: unknown): Outcome<FaultSpec, Failure<'INVALID_FAULT'>>;
  /** Ends the fault of this kind, or all; returns how many ended. */
  end(kind?: string): number;
  list(): readonly ActiveFault<FaultSpec>[];
}

export interface FaultBoard<Fault extends FaultSpec> extends FaultSwitch {
  find<Kind extends Fault['kind']>(kind: Kind): ActiveFault<Extract<Fault, { kind: Kind }>> | undefined;
}

interface Entry<Fault> {
  readonly fault: Fault;
  readonly startedAt: number;
  readonly cancelEnd: () => void;
}

export const createFaultBoard = <Fault extends FaultSpec>(
  schema: z.ZodType<Fault>,
  clock: Clock,
  onEnd: (fault: Fault) => void = () => {},
): FaultBoard<Fault> => {
  const active = new Map<string, Entry<Fault>>();

  const endOne = (kind: string): number => {
    const entry = active.get(kind);
    if (entry === undefined) return 0;
    active.delete(kind);
    entry.cancelEnd();
    onEnd(entry.fault);
    return 1;
  };
  const describe = (entry: Entry<Fault>): ActiveFault<Fault> => ({
    fault: entry.fault,
    elapsedMs: clock.elapsedMs() - entry.startedAt,
  });

  return {
    start(body) {
      const parsed = schema.safeParse(body);
      if (!parsed.success) return fail('INVALID_FAULT', `cannot start this fault: ${describeProblem(parsed.error)}`);
      const fault = parsed.data;
      endOne(fault.kind);
      const cancelEnd = fault.durationMs === undefined ? () => {} : clock.after(fault.durationMs, () => endOne(fault.kind));
      active.set(fault.kind, { fault, startedAt: clock.elapsedMs(), cancelEnd });
      return succeed(fault);
    },
    end(kind) {
      if (kind !== undefined) return endOne(kind);
      return [...active.keys()].reduce((ended, each) => ended + endOne(each), 0);
    },
    list: () => [...active.values()].map(describe),
    find<Kind extends Fault['kind']>(kind: Kind) {
      const entry = active.get(kind);
      return entry === undefined ? undefined : (describe(entry) as ActiveFault<Extract<Fault, { kind: Kind }>>);
    },
  };
};
