import { z } from 'zod';
import { incident, judgedChange } from './incident.ts';
import { named } from './named.ts';
import { instant, reading } from './scalars.ts';
import { scalingView, sloBudget } from './scaling.ts';
import { signalSeries } from './signal.ts';

export const serviceStatus = z.enum(['ok', 'watching', 'incident', 'silent']);

export const serviceCard = named(
  'Service',
  z
    .strictObject({
      name: z.string(),
      status: serviceStatus,
      requestsPerSecond: reading,
      errorRatio: reading.describe('Failed requests over all requests, 0..1'),
      p50Seconds: reading,
      p95Seconds: reading,
      reporting: z.boolean().describe('False when no telemetry of its own arrived for the newest closed step'),
    })
    .describe('One service as it is now'),
);

export const callGraph = named(
  'CallGraph',
  z
    .strictObject({
      nodes: z.array(
        z.strictObject({
          name: z.string(),
          status: serviceStatus,
          inferred: z.boolean().describe('True when seen only from its callers, never by its own telemetry'),
        }),
      ),
      edges: z.array(
        z.strictObject({ caller: z.string(), callee: z.string(), rate: reading.describe('Calls per second'), errorRatio: reading }),
      ),
    })
    .describe('Who calls whom'),
);

export const recordedHistory = z.strictObject({
  label: z.string(),
  sha256: z.string().describe('64 hex digits over the recording'),
  days: z.number(),
});

const agentMeta = z.strictObject({
  version: z.string(),
  tenant: z.string(),
  startedAt: instant,
  now: instant.describe('The clock of the agent when the state was made'),
  timeZone: z.literal('UTC'),
  stepSeconds: z.number(),
  dayLengthSeconds: z.number().describe('86400 in production, shorter in the demo'),
  step: z.number().describe('Index of the newest closed step; -1 before the first'),
  modes: z.array(z.string()).describe('How it runs, for example `observe only`'),
  history: recordedHistory.exactOptional().describe('Set when the days before `startedAt` are a recording, not lived live'),
});

export const feedEvent = z.strictObject({
  id: z.string(),
  at: instant,
  kind: z.enum(['page', 'suppressed', 'resolved', 'scale', 'change', 'forecast', 'ingest', 'fault', 'agent']),
  text: z.string(),
  service: z.string().exactOptional(),
  incidentId: z.string().exactOptional(),
});

const counts = z.record(z.string(), z.number());

export const ingestLedger = z
  .strictObject({
    offered: z.number(),
    accepted: z.number(),
    rejected: counts.describe('By reason; the sender must not retry these'),
    refused: counts.describe('By reason; the sender keeps the data and retries'),
    conserved: z.boolean(),
  })
  .describe('Points and spans since start: offered = accepted + all rejected + all refused');

export const demoView = z.strictObject({
  phase: z.string(),
  remainingSeconds: z.number(),
  faultButtons: z.array(z.strictObject({ id: z.string(), label: z.string(), active: z.boolean().exactOptional() })),
  eventLoopLagMs: z.number(),
});

const namedModels = z.array(
  z.strictObject({ key: z.string(), service: z.string(), name: z.string(), since: instant, because: z.string() }),
);

export const modelTally = named(
  'Models',
  z
    .strictObject({
      warmingUp: z.number().describe('Observed for less than a day and a half'),
      calibrated: z.number().describe('What they call rare is rare'),
      outOfCalibration: z.number().describe('What they find is shown and wakes nobody'),
      distrusted: namedModels.describe('Those out of calibration, 100 at most, with the reason'),
      otherInputs: namedModels.describe('Calibrated ones that are fed something else than a week before'),
    })
    .describe('Models of signals that can wake somebody'),
);

export const agentState = named(
  'State',
  z
    .strictObject({
      meta: agentMeta,
      services: z.array(serviceCard),
      graph: callGraph,
      signals: z.array(signalSeries),
      scaling: z.array(scalingView),
      incidents: z.array(incident).describe('Open ones first, then watched, then resolved; newest first within each'),
      changes: z.array(judgedChange).describe('Newest first'),
      events: z.array(feedEvent).describe('Newest first, about 100'),
      ingest: ingestLedger,
      slo: z.array(sloBudget),
      models: modelTally,
      demo: demoView.exactOptional().describe('Present only while the agent runs its demo'),
    })
    .describe('What the page shows, with the last 180 steps or so of every window'),
);
