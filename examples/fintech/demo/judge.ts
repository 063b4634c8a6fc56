import type { Blame, PlannedFault } from './schedule.ts';

/** A page as the receiver of the webhook saw it. */
export interface ReceivedPage {
  /** When the agent decided it, on its clock, which is this machine's. */
  readonly at: number;
  readonly title: string;
  readonly incidentId: string;
  readonly decisionId: string | undefined;
  readonly suspects: readonly {
    readonly kind: string;
    readonly service: string;
    readonly parts: Readonly<Record<string, string>>;
    readonly label: string;
    readonly change?: { readonly id: string; readonly summary: string };
  }[];
}

/** What payers saw in one second of the run. */
export interface PayerSecond {
  readonly offered: number;
  /** Failed, shed, or slower than the objective allows. */
  readonly bad: number;
}

export interface JudgedFault {
  readonly fault: PlannedFault;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly page: ReceivedPage | undefined;
  readonly delaySeconds: number | undefined;
  /** When the payments hurt since the fault began had used up a whole day's error budget. */
  readonly sloBreachedAt: number | undefined;
  readonly leadSeconds: number | undefined;
  readonly blamedFirst: string | undefined;
  readonly blamedRight: boolean;
  /** For a fault that follows a change: whether the page names it. */
  readonly changeNamed: boolean | undefined;
}

export interface Judgement {
  readonly faults: readonly JudgedFault[];
  readonly falsePages: readonly ReceivedPage[];
}

/** A page this long after the end of a fault still speaks of it: queues drain, evidence takes its steps. */
const AFTERMATH_MS = 12_000;

export const blames = (blame: Blame, suspect: ReceivedPage['suspects'][number] | undefined): boolean => {
  if (suspect === undefined || suspect.kind !== blame.kind) return false;
  if (blame.kind === 'service') return suspect.service === blame.service;
  const wanted = Object.entries(blame.parts);
  return wanted.length === Object.keys(suspect.parts).length && wanted.every(([part, value]) => suspect.parts[part] === value);
};

export const describeBlame = (blame: Blame): string => (blame.kind === 'service' ? blame.service : Object.values(blame.parts).join(' / '));

/** Errors allowed in one day of this run at the objective: the budget that a fault spends. */
const dayBudget = (seconds: readonly PayerSecond[], objective: number, dayLengthMs: number): number => {
  const offered = seconds.reduce((sum, second) => sum + second.offered, 0);
  const perSecond = seconds.length > 0 ? offered / seconds.length : 0;
  return (1 - objective) * perSecond * (dayLengthMs / 1000);
};

const breachOf = (seconds: readonly PayerSecond[], from: number, until: number, budget: number): number | undefined => {
  let bad = 0;
  for (let second = from; second < Math.min(until, seconds.length); second += 1) {
    bad += seconds[second]?.bad ?? 0;
    if (bad > budget) return second;
  }
  return undefined;
};

/**
 * Holds the pages of a run against what was really broken. A page belongs to the fault during which, or shortly
 * after which, it was sent; the first one counts for delay and blame; a page that belongs to none is false.
 */
export const judgeRun = (run: {
  readonly loadStartedAt: number;
  readonly faults: readonly PlannedFault[];
  /** When each fault was really switched on and off; same order. */
  readonly switched: readonly { readonly on: number; readonly off: number }[];
  readonly pages: readonly ReceivedPage[];
  readonly seconds: readonly PayerSecond[];
  readonly objective: number;
  readonly dayLengthMs: number;
  readonly changeIds: readonly (string | undefined)[];
}): Judgement => {
  const budget = dayBudget(run.seconds, run.objective, run.dayLengthMs);
  const belongsTo = new Map<ReceivedPage, number>();
  for (const page of run.pages) {
    const index = run.switched.findIndex(({ on, off }) => page.at >= on && page.at <= off + AFTERMATH_MS);
    if (index >= 0) belongsTo.set(page, index);
  }
  const faults = run.faults.map((fault, index): JudgedFault => {
    const { on, off } = run.switched[index] ?? { on: Number.NaN, off: Number.NaN };
    const page = run.pages.find((candidate) => belongsTo.get(candidate) === index);
    const breach = breachOf(
      run.seconds,
      Math.floor((on - run.loadStartedAt) / 1000),
      Math.ceil((off + AFTERMATH_MS - run.loadStartedAt) / 1000),
      budget,
    );
    const sloBreachedAt = breach === undefined ? undefined : run.loadStartedAt + (breach + 1) * 1000;
    const first = page?.suspects[0];
    const changeId = run.changeIds[index];
    return {
      fault,
      startedAt: on,
      endedAt: off,
      page,
      delaySeconds: page === undefined ? undefined : (page.at - on) / 1000,
      sloBreachedAt,
      leadSeconds: page === undefined || sloBreachedAt === undefined ? undefined : (sloBreachedAt - page.at) / 1000,
      blamedFirst: first?.label,
      blamedRight: blames(fault.blame, first),
      changeNamed: changeId === undefined ? undefined : first?.change?.id === changeId,
    };
  });
  return { faults, falsePages: run.pages.filter((page) => !belongsTo.has(page)) };
};
