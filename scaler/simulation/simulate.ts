/**
 * A discrete-time simulator of one scaled workload. In step k, `load[k]` requests per second arrive. A replica that
 * is ordered at the end of step k is ready `leadMs` later (rounded up to whole steps) and is paid for from its order
 * on; a removed one is gone at once, starting ones first. At the end of step k a policy sees the load of step
 * k - scrapeLagSteps. A step is violated when load > utilizationLimit * loadPerReplica * ready.
 */
export interface SimulatedWorld {
  readonly stepMs: number;
  readonly leadMs: number;
  /** Load one replica carries at the SLO, per second. */
  readonly loadPerReplica: number;
  /** Share of it that may be used before a step counts as violated: 1 when loadPerReplica is measured at the SLO. */
  readonly utilizationLimit: number;
  readonly scrapeLagSteps: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly initialReplicas: number;
}

export interface SimulatedObservation {
  /** Index of the step that has just ended, from the start of the simulation. */
  readonly step: number;
  /** Its end, in milliseconds from the start of the simulation. */
  readonly now: number;
  /** Newest load that has been scraped; NaN before the first. */
  readonly load: number;
  readonly loadStep: number;
  readonly replicas: number;
  readonly ready: number;
}

/** One run of one policy: called once a step, in order; may remember. */
export type SimulatedPolicy = (observation: SimulatedObservation) => number;

export interface SimulationResult {
  readonly violationSeconds: number;
  /** Share of all requests that arrived in violated steps. */
  readonly violatedRequestShare: number;
  readonly replicaSeconds: number;
  /** Changes of direction of the orders. */
  readonly flips: number;
  /** Replica-seconds of whoever knows every load beforehand and has no lead. */
  readonly clairvoyantReplicaSeconds: number;
  readonly timeline: { readonly load: Float64Array; readonly replicas: Uint16Array; readonly ready: Uint16Array };
}

/** Replicas in the order of their readiness, ready ones first. */
interface Fleet {
  readonly readyAtStep: number[];
}

const resize = (fleet: Fleet, wanted: number, readyAt: number): void => {
  const { readyAtStep } = fleet;
  // The newest are the last, so that starting ones go first.
  if (wanted < readyAtStep.length) readyAtStep.length = wanted;
  while (readyAtStep.length < wanted) readyAtStep.push(readyAt);
};

const readyIn = (fleet: Fleet, step: number): number => fleet.readyAtStep.reduce((ready, at) => ready + Number(at <= step), 0);

const clampReplicas = (world: SimulatedWorld, wanted: number): number =>
  Math.min(world.maxReplicas, Math.max(world.minReplicas, Math.round(wanted)));

/** Runs one policy over one load. Deterministic. An absent load (NaN) is seen as absent, costs, and violates nothing. */
export const simulate = (world: SimulatedWorld, load: ArrayLike<number>, policy: SimulatedPolicy): SimulationResult => {
  const steps = load.length;
  const seconds = world.stepMs / 1_000;
  const leadSteps = Math.ceil(world.leadMs / world.stepMs - 1e-9);
  const capacity = world.utilizationLimit * world.loadPerReplica;
  const fleet: Fleet = { readyAtStep: new Array<number>(world.initialReplicas).fill(0) };
  const timeline = { load: Float64Array.from(load), replicas: new Uint16Array(steps), ready: new Uint16Array(steps) };
  let violatedSteps = 0;
  let violatedRequests = 0;
  let requests = 0;
  let replicaSteps = 0;
  let clairvoyantSteps = 0;
  let flips = 0;
  let direction = 0;
  for (let step = 0; step < steps; step += 1) {
    const arriving = timeline.load[step] as number;
    const replicas = fleet.readyAtStep.length;
    const ready = readyIn(fleet, step);
    timeline.replicas[step] = replicas;
    timeline.ready[step] = ready;
    replicaSteps += replicas;
    if (!Number.isNaN(arriving)) {
      requests += arriving;
      clairvoyantSteps += clampReplicas(world, Math.ceil(arriving / capacity - 1e-9));
      if (arriving > capacity * ready) {
        violatedSteps += 1;
        violatedRequests += arriving;
      }
    }
    const loadStep = step - world.scrapeLagSteps;
    const seen = loadStep < 0 ? Number.NaN : (timeline.load[loadStep] as number);
    const wanted = clampReplicas(world, policy({ step, now: (step + 1) * world.stepMs, load: seen, loadStep, replicas, ready }));
    const turn = Math.sign(wanted - replicas);
    if (turn !== 0) {
      if (direction !== 0 && turn !== direction) flips += 1;
      direction = turn;
      resize(fleet, wanted, step + 1 + leadSteps);
    }
  }
  return {
    violationSeconds: violatedSteps * seconds,
    violatedRequestShare: requests === 0 ? 0 : violatedRequests / requests,
    replicaSeconds: replicaSteps * seconds,
    flips,
    clairvoyantReplicaSeconds: clairvoyantSteps * seconds,
    timeline,
  };
};
