import type { DemoReport } from './demo-report-model.ts';

const START = Date.UTC(2026, 2, 14, 9, 0, 0);
const after = (seconds: number): number => START + seconds * 1_000;
const steps = Array.from({ length: 300 }, (_unused, index) => index);

/** Of a run with a fault found and named, one missed, and a false page. */
export const DEMO_REPORT: DemoReport = {
  startedAt: START,
  durationSeconds: 300,
  seed: 4217,
  machine: { cores: 2, node: 'v20.20.2', eventLoopLagP99Ms: 13.7, cpuWaitShare: 0.012 },
  verdict: 'pass',
  verdictBecause: ['Every fault was found and every cause named.'],
  history: { label: 'eleven days of payments', sha256: 'ab12'.repeat(16), days: 11 },
  faults: [
    {
      id: 'slice',
      kind: 'errors',
      title: 'One issuer fails at psp-north',
      startedAt: after(61),
      endedAt: after(100),
      detectedAt: after(66),
      delaySeconds: 5.3,
      sloBreachedAt: after(84),
      leadSeconds: 18.4,
      blamedFirst: 'psp-north / birch',
      expectedBlame: 'psp-north / birch',
      blamedRight: true,
      incidentId: 'i-31',
      decisionId: 'd-977',
      change: 'issuer birch moved to psp-north',
    },
    {
      id: 'slow-ledger',
      kind: 'latency',
      title: 'Ledger slows down',
      startedAt: after(190),
      endedAt: after(230),
      expectedBlame: 'ledger',
      blamedFirst: 'gateway',
      blamedRight: false,
    },
  ],
  falsePages: [{ at: after(150), title: 'fraud answers slowly', incidentId: 'i-32' }],
  surge: { startedAt: after(130), factor: 3.2, paged: false },
  ingest: { offered: 812_345, accepted: 812_001, rejected: { TOO_OLD: 44 }, refused: { ADMISSION_FULL: 300 }, conserved: true },
  agent: { rssAnonMaxBytes: 96 * 1_048_576, cpuShareMean: 0.231, stepToFindingP99Ms: 41.5 },
  scaling: {
    leadSeconds: 12,
    ours: { violationSeconds: 4, replicaSeconds: 1_503 },
    hpaFrontierAtOurCost: { violationSeconds: 22 },
    ratio: 5.5,
    sweep: [
      { label: 'HPA target 50 %', violationSeconds: 9, replicaSeconds: 1_904 },
      { label: 'HPA target 80 %', violationSeconds: 37, replicaSeconds: 1_203 },
    ],
    dial: [
      { risk: 0.01, violationSeconds: 2, replicaSeconds: 1_605 },
      { risk: 0.1, violationSeconds: 11, replicaSeconds: 1_306 },
    ],
    measured: { violationSeconds: 5, replicaSeconds: 1_511 },
    simulatedMinusMeasured: { violationSeconds: -1, replicaSeconds: -8 },
    orderedBeforeRamp: [{ rampAt: after(130), orderedAt: after(115), readyAt: after(127), neededAt: after(141) }],
    costInDemoTime: '1,503 replica-seconds of a 480 s day',
    assumptions: ['replicas carry 25 requests per second'],
  },
  timeline: {
    seconds: steps,
    offered: steps.map((step) => (step === 17 ? Number.NaN : 80 + 30 * Math.sin(step / 30) + (step > 130 && step < 200 ? 70 : 0))),
    replicasReady: steps.map((step) => (step > 127 && step < 230 ? 8 : 5)),
    replicasOrdered: steps.map((step) => (step > 115 && step < 220 ? 8 : 5)),
    capacity: steps.map((step) => (step > 127 && step < 230 ? 200 : 125)),
  },
  invitation: 'change one byte of /data/decisions and run `foreshock audit verify`',
};
