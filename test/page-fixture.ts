import type { Archive } from '../agent/api/archive.ts';
import type { AgentState, Reading, ScalingView, SignalSeries } from '../agent/api/contract.ts';
import type { Incident } from '../agent/incident/incident.ts';
import { fail } from '../core/outcome.ts';
import { gaussian, seededRandom } from '../core/random.ts';
import { modelKey } from '../core/signal.ts';
import { quietServices, type ServiceShape } from './page-fixture-services.ts';

/** Text that breaks a page which does not escape, a terminal which prints it raw, and a layout which trusts it. */
export const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>&amp;"'`;

/** A disk with nothing on it. */
export const EMPTY_ARCHIVE: Archive = {
  signals: () => [],
  steps: () => undefined,
  decisions: async () => ({ items: [], next: undefined }),
  decision: async (wanted) => fail('DECISION_NOT_FOUND', `no decision has the id ${JSON.stringify(wanted)}`),
};

export interface FixtureOptions {
  readonly scenario: 'quiet' | 'incident' | 'empty';
  /** Index of the newest closed step. */
  readonly step: number;
  readonly steps?: number;
  readonly hostile?: boolean;
}

const STEP_SECONDS = 1;
const HORIZON = 60;
const FAULT_AGE = 70;

const wave = (step: number): number => 1 + 0.35 * Math.sin((step / 480) * 2 * Math.PI);

interface Shaped {
  readonly unit: string;
  readonly name: string;
  readonly center: (step: number) => number;
  readonly width: (step: number) => number;
  readonly shift: (step: number) => number;
}

const seriesOf = (service: string, shape: Shaped, from: number, to: number): SignalSeries => {
  const steps = Array.from({ length: to - from }, (_unused, index) => from + index);
  const seed = [...`${service}${shape.name}`].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const noise = (step: number): number => gaussian(seededRandom(seed + step * 7_919));
  return {
    key: modelKey({ tenant: 'default', service, name: shape.name, scope: { kind: 'service' } }),
    service,
    name: shape.name,
    unit: shape.unit,
    stepIndexFrom: from,
    observed: steps.map((step): Reading => Math.max(0, shape.center(step) + 0.32 * shape.width(step) * noise(step) + shape.shift(step))),
    expected: steps.map((step) => shape.center(step)),
    lower: steps.map((step) => Math.max(0, shape.center(step) - shape.width(step))),
    upper: steps.map((step) => shape.center(step) + shape.width(step)),
  };
};

const shapesOf = (service: ServiceShape, faultAt: number): readonly Shaped[] => {
  const hurt = (step: number): number => (step < faultAt ? 0 : Math.min(1, (step - faultAt) / 14));
  return [
    {
      name: 'requests',
      unit: 'requests/s',
      center: (step) => service.rate * wave(step),
      width: (step) => 3 * Math.sqrt(service.rate * wave(step)),
      shift: () => 0,
    },
    {
      name: 'errors',
      unit: 'ratio',
      center: () => 0.003,
      width: () => 0.005,
      shift: (step) => service.faultErrors * hurt(step),
    },
    {
      name: 'duration',
      unit: 's',
      center: (step) => service.p95 * (0.92 + 0.08 * wave(step)),
      width: () => service.p95 * 0.3,
      shift: (step) => service.p95 * service.faultLatency * hurt(step),
    },
  ];
};

const scalingOf = (from: number, to: number): ScalingView => {
  const steps = Array.from({ length: to - from }, (_unused, index) => from + index);
  const load = (step: number): number => 92 * wave(step) + 60 / (1 + Math.exp(-(step - to + 34) / 7));
  const ordered = (step: number): number => (step > to - 52 ? 8 : step > to - 130 ? 6 : 5);
  const ready = (step: number): number => ordered(step - 12);
  const ahead = Array.from({ length: HORIZON }, (_unused, index) => to + index);
  return {
    target: 'process/gateway',
    service: 'gateway',
    mode: 'act',
    frozen: false,
    unit: 'requests/s',
    stepIndexFrom: from,
    observedLoad: steps.map((step) => load(step) + 3.5 * gaussian(seededRandom(step))),
    orderedReplicas: steps.map(ordered),
    readyReplicas: steps.map(ready),
    capacity: steps.map((step) => ready(step) * 25),
    forecast: {
      madeAt: to * 1_000,
      stepIndexFrom: to,
      levels: [0.1, 0.5, 0.9, 0.99],
      quantiles: [-1.28, 0, 1.28, 2.33].map((z) => ahead.map((step) => load(step) + z * (4 + 0.22 * (step - to)))),
      coverage: [0.11, 0.49, 0.91, null],
      because: 'season of 480 steps, 11 days seen',
    },
    leadSeconds: 12,
    minReplicas: 2,
    maxReplicas: 12,
    recommendation: {
      kind: 'scale',
      target: 'process/gateway',
      at: to * 1_000,
      current: 8,
      raw: 10,
      desired: 9,
      reactive: 7,
      limitedBy: ['rate-limit'],
      because: 'the 97% forecast 12 s from now is 214 requests/s; 9 replicas carry 225',
    },
  };
};

const incidentOf = (step: number, say: (text: string) => string): Incident => {
  const at = step * 1_000;
  const onset = at - FAULT_AGE * 1_000;
  const change = {
    id: 'c1',
    at: onset - 9_000,
    tenant: 'default',
    kind: 'routing' as const,
    service: 'router',
    summary: say('issuer birch moved to psp-north'),
    attributes: { provider: 'psp-north', issuer: 'birch' },
    source: 'api',
  };
  const finding = {
    detector: 'seasonal',
    signal: 'default|psp-north|errors|',
    tenant: 'default',
    service: 'psp-north',
    name: 'errors',
    at,
    since: onset,
    direction: 'rise' as const,
    harmful: true,
    harm: 'rise' as const,
    observed: 0.124,
    expected: 0.003,
    lower: 0,
    upper: 0.008,
    unit: 'ratio',
    pValue: 1e-12,
    evidence: 84.2,
    contributions: [],
    because: 'errors of psp-north are 12.4% where 0.3% is expected, for 70 s',
  };
  return {
    id: 'i-0007',
    tenant: 'default',
    severity: 'critical',
    symptomService: 'gateway',
    title: say('Payments through psp-north fail for issuer birch'),
    startedAt: onset,
    openedAt: onset + 6_000,
    updatedAt: at,
    findings: [
      finding,
      {
        ...finding,
        detector: 'burn-rate',
        service: 'gateway',
        signal: 'default|gateway|slo:payments|',
        name: 'slo:payments',
        observed: 0.051,
        upper: 0.01,
        evidence: 31.7,
      },
      {
        ...finding,
        service: 'router',
        signal: 'default|router|duration|',
        name: 'duration',
        unit: 's',
        observed: 0.192,
        expected: 0.088,
        upper: 0.121,
        evidence: 22.9,
      },
    ],
    suspects: [
      {
        kind: 'slice',
        service: 'psp-north',
        parts: { provider: 'psp-north', issuer: 'birch' },
        label: say('psp-north / birch'),
        score: 8.1,
        share: 0.78,
        harmShare: 0.94,
        trafficShare: 0.11,
        because: ['94% of the failures carry it, 11% of the traffic does', 'the failures begin 9 s after the route changed'],
        change,
      },
      {
        kind: 'service',
        service: 'psp-north',
        parts: {},
        label: 'psp-north',
        score: 1.6,
        share: 0.15,
        because: ['its own errors rose before those of its callers'],
      },
      {
        kind: 'edge',
        service: 'router',
        parts: { callee: 'psp-north' },
        label: 'router -> psp-north',
        score: 0.7,
        share: 0.07,
        because: ['client time minus server time is unchanged'],
      },
    ],
    changes: [change],
    services: ['psp-north', 'router', 'gateway'],
    pagedAt: onset + 6_000,
    decisionId: 'd-000412',
    state: 'open',
  };
};

const resolvedOf = (step: number): Incident => ({
  ...incidentOf(step - 900, (text) => text),
  id: 'i-0006',
  severity: 'warning',
  title: 'ledger answers slowly',
  decisionId: 'd-000377',
  state: 'resolved',
  resolvedAt: (step - 780) * 1_000,
  because: 'inside the expected band for 60 s',
});

/** A believable state, the same for the same options. */
export const fixtureState = ({ scenario, step, steps = 180, hostile = false }: FixtureOptions): AgentState => {
  const say = (text: string): string => (hostile ? `${text} ${HOSTILE}` : text);
  const now = (step + 1) * STEP_SECONDS * 1_000;
  const hurting = scenario === 'incident';
  const shapes = scenario === 'empty' ? [] : quietServices(say);
  const faultAt = hurting ? step - FAULT_AGE : Number.POSITIVE_INFINITY;
  const signals = shapes
    .filter((service) => service.observed)
    .flatMap((service) => shapesOf(service, faultAt).map((shape) => seriesOf(service.name, shape, step + 1 - steps, step + 1)));
  const newest = (service: string, name: string): Reading =>
    signals.find((series) => series.service === service && series.name === name)?.observed.at(-1) ?? null;
  const incident = hurting ? incidentOf(step, say) : undefined;
  const statusOf = (service: ServiceShape) => (hurting ? service.statusInFault : 'ok');
  return {
    meta: {
      version: '0.1.0',
      tenant: 'default',
      startedAt: now - 412_000,
      now,
      timeZone: 'UTC',
      stepSeconds: STEP_SECONDS,
      dayLengthSeconds: 480,
      step,
      modes: ['demo', 'acts on processes'],
      history: {
        label: 'eleven days of these services',
        sha256: '9f2c41d07ab35e6688d1f04c2b7790ae5d3c1f2e9a8b7c6d5e4f3a2b1c0d9e8f',
        days: 11,
      },
    },
    services: shapes.map((service) => ({
      name: service.name,
      status: statusOf(service),
      requestsPerSecond: newest(service.name, 'requests'),
      errorRatio: newest(service.name, 'errors'),
      p50Seconds: service.observed ? service.p95 * 0.38 : null,
      p95Seconds: newest(service.name, 'duration'),
      reporting: service.observed,
    })),
    graph: {
      nodes: shapes.map((service) => ({ name: service.name, status: statusOf(service), inferred: !service.observed })),
      edges: shapes.flatMap((service) =>
        service.callees.map((callee) => ({
          caller: service.name,
          callee,
          rate: newest(callee, 'requests') ?? 4.2,
          errorRatio: newest(callee, 'errors'),
        })),
      ),
    },
    signals,
    scaling: scenario === 'empty' ? [] : [scalingOf(step + 1 - steps, step + 1)],
    incidents: incident === undefined ? [] : [incident, resolvedOf(step)],
    changes: incident === undefined ? [] : incident.changes,
    events:
      incident === undefined
        ? []
        : [
            { id: 'e5', at: now - 4_000, kind: 'scale', text: 'gateway 8 → 9: forecast 214 requests/s in 12 s', service: 'gateway' },
            {
              id: 'e4',
              at: now - 64_000,
              kind: 'page',
              text: say('Payments through psp-north fail for issuer birch'),
              incidentId: 'i-0007',
            },
            { id: 'e3', at: now - 66_000, kind: 'suppressed', text: 'router duration: explained by psp-north, not told apart' },
            { id: 'e2', at: now - 120_000, kind: 'forecast', text: 'gateway: load will pass capacity in 41 s' },
            { id: 'e1', at: now - 412_000, kind: 'agent', text: 'started, 11 recorded days replayed' },
          ],
    ingest: {
      offered: 1_284_920,
      accepted: 1_284_102,
      rejected: { TOO_OLD: 18, NOT_FINITE: 0 },
      refused: { ADMISSION_FULL: 800 },
      conserved: true,
    },
    slo:
      scenario === 'empty'
        ? []
        : [
            { name: 'payments', service: 'gateway', objective: 0.999, budgetRemaining: hurting ? 0.41 : 0.93, burn: hurting ? 14.2 : 0.6 },
            { name: 'latency under 250 ms', service: 'gateway', objective: 0.99, budgetRemaining: 0.88, burn: 0.8 },
            { name: 'postings', service: 'ledger', objective: 0.9995, budgetRemaining: null, burn: null },
          ],
    models: {
      warmingUp: 3,
      calibrated: scenario === 'empty' ? 0 : 41,
      outOfCalibration: hurting ? 1 : 0,
      distrusted: hurting
        ? [
            {
              key: 'default|fraud|duration|',
              service: 'fraud',
              name: 'duration',
              since: now - 5 * 3_600_000,
              because: 'of 5,880 steps outside alerts 640 runs were beyond its limit of 1 in 100, 5.4 times as often as it says',
            },
          ]
        : [],
      otherInputs: [],
    },
    demo: {
      phase: hurting ? 'fault: one issuer at one provider' : 'quiet',
      remainingSeconds: 214,
      eventLoopLagMs: 3.1,
      faultButtons: [
        { id: 'slice', label: 'Fail one issuer', active: hurting },
        { id: 'slow-ledger', label: 'Slow ledger' },
        { id: 'silence', label: 'Silence fraud' },
        { id: 'surge', label: 'Surge' },
      ],
    },
  };
};
