import { isIP } from 'node:net';
import { z } from 'zod';
import { kubernetesSchema } from '../../collectors/kubernetes/schema.ts';
import { natsSourceSchema } from '../../collectors/nats/index.ts';
import { calendarSchema } from '../../core/calendar/index.ts';
import { DEFAULT_TENANT } from '../../core/names.ts';
import { SECOND_MS } from '../../core/time.ts';
import { hpaFloorTargetSchema } from '../../scaler/targets/hpa-floor/schema.ts';
import { processTargetSchema } from '../../scaler/targets/process/schema.ts';
import { scaleTargetSchema } from '../../scaler/targets/scale/schema.ts';
import { costSchema } from '../cost/schema.ts';
import { notifierSchema } from '../notify/schema.ts';
import { objectiveSchema } from '../slo/schema.ts';
import { durationSchema, formatDuration } from './duration.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and dashes, at most 63 of them');
const port = z.int().min(0).max(65_535);
const host = z.string().min(1);
const attribute = z.string().min(1).max(255);
const file = z.string().min(1);
const webAddress = z.url({ protocol: /^https?$/, error: 'expected an address that begins with https:// or http://' });
const service = z.string().min(1).describe('service.name, or namespace/service.name');

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

const time = z
  .strictObject({
    step: durationSchema(100).prefault('10s').describe('Length of one step of every signal'),
    dayLength: durationSchema(SECOND_MS).prefault('24h').describe('Length of a day; shorter only to live through days in minutes'),
    grace: durationSchema(0).optional().describe('How long a step waits for late data before it closes; as long as `step` when left out'),
  })
  .transform((written) => ({ ...written, grace: written.grace ?? written.step }))
  .superRefine(({ step, dayLength, grace }, context) => {
    if (grace > step)
      context.addIssue({
        code: 'custom',
        path: ['grace'],
        message: `grace is longer than one step (${formatDuration(step)}); make it at most that`,
      });
    if (dayLength % step !== 0 || dayLength < 24 * step) {
      context.addIssue({
        code: 'custom',
        path: ['dayLength'],
        message: `a day must be a whole number of steps of ${formatDuration(step)}, at least 24 of them`,
      });
    }
  })
  .prefault({})
  .describe('Event time');

const api = z
  .strictObject({
    host: host.prefault('127.0.0.1').describe('Address to listen on'),
    port: port.prefault(8080).describe('Port of the API, the web page and /metrics; 0 takes a free one'),
    tokenFile: file.optional().describe('File with the bearer token callers must send; required unless `host` is a loopback address'),
    publicUrl: webAddress.optional().describe('How people reach this agent; used for links in notifications'),
  })
  .superRefine(({ host: address, tokenFile }, context) => {
    if (tokenFile !== undefined || isLoopback(address)) return;
    context.addIssue({
      code: 'custom',
      path: ['host'],
      message: `${address} can be reached from outside, so callers need a token; set \`api.tokenFile\`, or listen on 127.0.0.1`,
    });
  })
  .prefault({})
  .describe('API and web page');

const dimensions = z
  .strictObject({
    slices: z
      .array(z.array(attribute).min(1).max(4))
      .max(16)
      .default([])
      .describe('Groups of span attributes by which harm is split, for example `[[payment.provider], [payment.provider, card.issuer]]`'),
    outcome: z
      .strictObject({
        attribute: attribute.prefault('payment.outcome').describe('Span attribute that holds the business outcome'),
        declined: z.array(z.string().min(1)).default(['declined']).describe('Values that mean: refused on business grounds'),
        failed: z.array(z.string().min(1)).default(['failed']).describe('Values that mean: failed, and count as errors'),
      })
      .prefault({})
      .describe('Business outcome of a request'),
  })
  .prefault({})
  .describe('What telemetry is split by');

const rateLimit = (replicas: number, percent: number, window: string) =>
  z
    .strictObject({
      replicas: z.int().min(1).prefault(replicas).describe('Replicas within the window'),
      percent: z.number().gt(0).max(1_000).prefault(percent).describe('Percent of the replicas at its beginning'),
      window: durationSchema().prefault(window).describe('Length of the window'),
    })
    .prefault({});

/** When and how far a target is scaled: the same for every kind. */
const scalingPolicy = {
  service: service.describe('The service whose load drives it'),
  scales: service.optional().describe('The service whose replicas carry that load, when another one measures it'),
  signal: z.string().min(1).prefault('requests').describe('Signal that is its load'),
  loadPerReplica: z
    .number()
    .gt(0)
    .describe('Load one replica carries within its objectives, in the unit of the signal (requests per second)'),
  minReplicas: z.int().min(1).prefault(1).describe('Never fewer'),
  maxReplicas: z.int().min(1).describe('Never more'),
  risk: z.number().gt(0).lt(1).prefault(0.005).describe('Share of time in which load may exceed capacity'),
  lead: durationSchema().prefault('30s').describe('From ordering a replica to its first useful answer'),
  stabilization: durationSchema(0).prefault('5m').describe('A scale-down waits until it was right for this long'),
  up: rateLimit(4, 100, '15s').describe('At most this many more within a window'),
  down: rateLimit(1, 10, '60s').describe('At most this many fewer within a window'),
  mode: z
    .enum(['observe', 'propose', 'act'])
    .prefault('observe')
    .describe('`observe` and `propose` record and order nothing, since nobody can approve yet; `act` scales'),
};

const scaling = z
  .discriminatedUnion('kind', [
    processTargetSchema.extend(scalingPolicy),
    scaleTargetSchema.extend(scalingPolicy),
    hpaFloorTargetSchema.extend(scalingPolicy),
  ])
  .superRefine(({ minReplicas, maxReplicas }, context) => {
    if (minReplicas <= maxReplicas) return;
    context.addIssue({
      code: 'custom',
      path: ['minReplicas'],
      message: `minReplicas ${minReplicas} is more than maxReplicas ${maxReplicas}`,
    });
  });

/** An instant as people write it (ISO 8601 with its zone), or milliseconds since 1970. */
const instant = z
  .union([z.iso.datetime({ offset: true }), z.int().min(0).max(8.64e15)], {
    error: () => 'expected an instant like 2026-03-01T00:00:00Z, or milliseconds since 1970',
  })
  .transform((written) => (typeof written === 'number' ? written : Date.parse(written)));

/** Two entries of one name would share metrics, state and records. */
const unique =
  <Entry>(keyOf: (entry: Entry) => string, key: string, fix: string) =>
  (entries: readonly Entry[], context: z.core.$RefinementCtx<readonly Entry[]>): void => {
    const seen = new Set<string>();
    entries.forEach((entry, index) => {
      const value = keyOf(entry);
      if (seen.has(value)) context.addIssue({ code: 'custom', path: [index, key], message: `${key} \`${value}\` is used twice; ${fix}` });
      seen.add(value);
    });
  };

const configShape = z.strictObject({
  tenant: name.prefault(DEFAULT_TENANT).describe('Whom the data belongs to; part of keys, paths and records'),
  time,
  dataDirectory: file.prefault('data').describe('Folder for everything the agent remembers'),
  retention: z
    .strictObject({
      samples: durationSchema(60 * SECOND_MS)
        .prefault('7d')
        .describe('Closed steps of every signal'),
      raw: durationSchema(60 * SECOND_MS)
        .prefault('2h')
        .describe('Received batches as they came, for reading them again after a restart; at least what the kept snapshots do not cover'),
    })
    .prefault({})
    .describe('How long data is kept'),
  otlp: z
    .strictObject({
      host: host.prefault('127.0.0.1').describe('Address to listen on'),
      port: port.prefault(4318).describe('Port of the OTLP/HTTP receiver (protobuf and JSON); 0 takes a free one'),
      grpc: z
        .strictObject({ port: port.prefault(4317).describe('Port of the OTLP/gRPC receiver; 0 takes a free one') })
        .prefault({})
        .describe('OTLP over gRPC'),
    })
    .prefault({})
    .describe('Receiver of OpenTelemetry data'),
  nats: z
    .array(natsSourceSchema)
    .max(50)
    .superRefine(unique((entry) => entry.name, 'name', 'give each source its own `name`'))
    .prefault([])
    .describe('Streams of business events that are read from NATS JetStream'),
  api,
  kubernetes: kubernetesSchema,
  dimensions,
  redaction: z
    .strictObject({
      allow: z
        .array(attribute)
        .default([])
        .describe(
          'Attribute keys kept beside those of the semantic conventions and `dimensions`; all others are dropped before anything is stored',
        ),
    })
    .prefault({})
    .describe('What may be stored'),
  calendar: calendarSchema
    .optional()
    .describe('Bank holidays and clocks of the people behind the payments; UTC without holidays when left out'),
  budgets: z
    .strictObject({
      falsePagesPerServiceWeek: z
        .number()
        .gt(0)
        .max(100)
        .prefault(0.05)
        .describe('False pages you accept, per service and week; every threshold follows from it'),
    })
    .prefault({})
    .describe('What you are willing to spend'),
  objectives: z
    .array(objectiveSchema)
    .max(500)
    .superRefine(unique((entry) => entry.name, 'name', 'give each objective its own'))
    .prefault([])
    .describe('Service level objectives'),
  openslo: z.array(file).max(100).prefault([]).describe('Files of OpenSLO v1 documents; what they ask for is added to `objectives`'),
  notifiers: z
    .array(notifierSchema)
    .max(50)
    .superRefine(unique((entry) => entry.name, 'name', 'give each notifier its own `name`'))
    .prefault([])
    .describe('Who is told'),
  scaling: z
    .array(scaling)
    .max(500)
    .superRefine(unique((entry) => entry.target, 'target', 'a target has one policy'))
    .prefault([])
    .describe('What is scaled'),
  cost: costSchema.optional().describe('Prices, budgets and requests: what cost reports are made of'),
  history: z
    .strictObject({
      recording: file.optional().describe('Recording of earlier signals to learn from before the first step'),
      endsAt: instant.optional().describe('When the recording ends, as if it had just been made; the start of the agent when left out'),
    })
    .prefault({})
    .describe('What is known before the start'),
  demo: z
    .strictObject({ controlUrl: webAddress.describe('Where the buttons of the page lead') })
    .optional()
    .describe('Only for the demo: its phase and its buttons on the page; the detectors see nothing of it'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .prefault('info')
    .describe('Least severe message that is logged'),
});

/** What one section says of another. */
export const configSchema = configShape.superRefine(({ cost, scaling: policies }, context) => {
  cost?.services.forEach(({ target }, index) => {
    if (target === undefined || policies.some((policy) => policy.target === target)) return;
    const message = `there is no entry of \`scaling\` for \`${target}\`; add one, or leave \`target\` out`;
    context.addIssue({ code: 'custom', path: ['cost', 'services', index, 'target'], message });
  });
});

/** The configuration in force. All durations are milliseconds (`DurationMs`), whatever unit they were written in. */
export type Config = z.output<typeof configSchema>;
export type ScalingConfig = Config['scaling'][number];
