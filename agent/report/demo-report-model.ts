import type { Instant } from '../../core/time.ts';

/** What one run of the demo showed. Durations are seconds on the demo's clock; NaN is a figure that was not measured. */
export interface DemoReport {
  readonly startedAt: Instant;
  readonly durationSeconds: number;
  readonly seed: number;
  readonly machine: {
    readonly cores: number;
    readonly node: string;
    readonly eventLoopLagP99Ms: number;
    /** Share of the time in which processes had work and no core; NaN where the system does not tell. */
    readonly cpuWaitShare: number;
  };
  /** 'inconclusive' when the machine was too busy for the figures to mean anything. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** Sentences: what failed, or why nothing can be said. */
  readonly verdictBecause: readonly string[];
  /** The days before the run, a recording of these same services. */
  readonly history: { readonly label: string; readonly sha256: string; readonly days: number };
  readonly faults: readonly DemoFault[];
  /** Pages that no fault explains. */
  readonly falsePages: readonly { readonly at: Instant; readonly title: string; readonly incidentId: string }[];
  readonly surge: { readonly startedAt: Instant; readonly factor: number; readonly paged: boolean };
  readonly ingest: DemoIngest;
  readonly agent: {
    readonly rssAnonMaxBytes: number;
    /** Of one core, mean over the run. */
    readonly cpuShareMean: number;
    readonly stepToFindingP99Ms: number;
  };
  readonly scaling: DemoScaling;
  readonly timeline: DemoTimeline;
  /** How the reader can try to cheat, for example: change one byte of a file and run `foreshock audit verify`. */
  readonly invitation: string;
}

export interface DemoFault {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly detectedAt?: Instant;
  /** From start of the fault to the page. */
  readonly delaySeconds?: number;
  readonly sloBreachedAt?: Instant;
  /** How long before the SLO was breached the page went out; absent when it never was, or nothing was detected. */
  readonly leadSeconds?: number;
  readonly blamedFirst?: string;
  readonly expectedBlame: string;
  readonly blamedRight: boolean;
  readonly incidentId?: string;
  readonly decisionId?: string;
  /** The change that was named as what came before it. */
  readonly change?: string;
}

export interface DemoIngest {
  readonly offered: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** offered = accepted + rejected + refused. */
  readonly conserved: boolean;
}

/** Replica-seconds are the cost, seconds with load above capacity the harm. */
export interface ScalingCost {
  readonly violationSeconds: number;
  readonly replicaSeconds: number;
}

export interface DemoScaling {
  readonly leadSeconds: number;
  readonly ours: ScalingCost;
  /** The best a HorizontalPodAutoscaler reaches for the same replica-seconds. */
  readonly hpaFrontierAtOurCost: { readonly violationSeconds: number };
  /** Our violation-seconds over those of the HPA frontier at our cost: below 1 is better than any of its settings. */
  readonly ratio: number;
  /** One point a setting of the HPA. */
  readonly sweep: readonly (ScalingCost & { readonly label: string })[];
  /** One point a setting of our risk dial. */
  readonly dial: readonly (ScalingCost & { readonly risk: number })[];
  readonly measured: ScalingCost;
  readonly simulatedMinusMeasured: ScalingCost;
  readonly orderedBeforeRamp: readonly {
    readonly rampAt: Instant;
    readonly orderedAt: Instant;
    readonly readyAt: Instant;
    readonly neededAt: Instant;
  }[];
  readonly costInDemoTime: string;
  readonly assumptions: readonly string[];
}

/** Arrays of equal length; NaN is absent. */
export interface DemoTimeline {
  /** Since the start of the run. */
  readonly seconds: readonly number[];
  /** Requests per second. */
  readonly offered: readonly number[];
  readonly replicasReady: readonly number[];
  readonly replicasOrdered: readonly number[];
  /** Requests per second the ready replicas carry at the SLO. */
  readonly capacity: readonly number[];
}
