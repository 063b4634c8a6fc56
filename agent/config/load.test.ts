import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configuredAttributes, describeConfig, scalingPolicyOf, timeScaleOf } from './describe.ts';
import { configJsonSchema } from './json-schema.ts';
import { configHash, loadConfig, parseConfig } from './load.ts';
import { documentedDefaults } from './reference.ts';
import type { Config } from './schema.ts';

const parsed = (text: string): Config => {
  const config = parseConfig(text, 'foreshock.yaml');
  if (!config.ok) throw new Error(config.error.message);
  return config.value;
};

const FULL = `
tenant: acme
time: { step: 1s, dayLength: 5m, grace: 0.5 }
dataDirectory: data
api: { host: 0.0.0.0, port: 9090, tokenFile: secrets/token, publicUrl: "https://foreshock.acme.example" }
dimensions:
  slices: [[payment.provider], [payment.provider, card.issuer]]
redaction: { allow: [shop.region, payment.provider] }
objectives:
  - { name: checkout-fast, service: gateway, kind: latency, threshold: 400ms, objective: 0.99 }
  - { name: checkout-up, service: gateway, kind: availability, objective: 0.999 }
notifiers:
  - { kind: webhook, url: "https://hooks.example/services/T0/secret", headersFile: secrets/headers }
scaling:
  - { target: process/gateway, adminUrl: "http://127.0.0.1:7000", service: gateway, loadPerReplica: 100, maxReplicas: 12, mode: act }
history: { recording: /var/recording.ndjson }
`;

describe('the configuration', () => {
  it.each(['', '# nothing yet\n', '{}', '---\n'])('has a default for every key: %j', (text) => {
    const config = parsed(text);
    expect(config).toMatchObject({
      tenant: 'default',
      time: { step: 10_000, dayLength: 86_400_000, grace: 10_000 },
      retention: { samples: 7 * 86_400_000 },
      otlp: { host: '127.0.0.1', port: 4318, grpc: { port: 4317 } },
      api: { host: '127.0.0.1', port: 8080 },
      dimensions: { slices: [], outcome: { attribute: 'payment.outcome', declined: ['declined'], failed: ['failed'] } },
      budgets: { falsePagesPerServiceWeek: 0.05 },
      objectives: [],
      notifiers: [],
      scaling: [],
      logLevel: 'info',
    });
  });

  it('reads durations as seconds or as text and keeps them as milliseconds', () => {
    expect(parsed(FULL).time).toEqual({ step: 1_000, dayLength: 300_000, grace: 500 });
    expect(parsed('time: { step: 30 }').time.grace).toBe(30_000);
    expect(parsed('retention: { samples: 1d12h }').retention.samples).toBe(36 * 3_600_000);
  });

  it('hands the planner its policy and the detectors their time scale', () => {
    const config = parsed(FULL);
    expect(timeScaleOf(config)).toEqual({ stepMs: 1_000, dayLengthMs: 300_000 });
    expect(config.scaling.map(scalingPolicyOf)).toEqual([
      {
        target: 'process/gateway',
        minReplicas: 1,
        maxReplicas: 12,
        loadPerReplica: 100,
        risk: 0.005,
        leadMs: 30_000,
        stabilizationMs: 300_000,
        up: { replicas: 4, percent: 100, windowMs: 15_000 },
        down: { replicas: 1, percent: 10, windowMs: 60_000 },
        mode: 'act',
      },
    ]);
    expect(configuredAttributes(config)).toEqual(['payment.provider', 'card.issuer', 'payment.outcome', 'shop.region']);
  });

  it('reads instants in both forms', () => {
    for (const endsAt of ['2026-03-01T01:00:00+01:00', '1772323200000']) {
      expect(parsed(`history: { endsAt: ${endsAt} }`).history.endsAt).toBe(Date.UTC(2026, 2, 1));
    }
  });

  it('has one hash for one meaning', () => {
    expect(configHash(parsed('tenant: acme\nlogLevel: info'))).toBe(
      configHash(parsed('# a comment\nlogLevel: info\ntenant: "acme"\ntime: { step: 10 }')),
    );
    expect(configHash(parsed('tenant: acme'))).not.toBe(configHash(parsed('tenant: acme2')));
  });

  it('says what it will watch and do, without the secret part of an address', () => {
    const text = describeConfig(parsed(FULL));
    expect(text).toContain('checkout-fast: 99 % of the requests of gateway answer within 400ms, over 28d');
    expect(text).toContain('process/gateway: 1 to 12 replicas, each for 100/s of gateway requests; scales by itself');
    expect(text).toContain('webhook: webhook at hooks.example');
    expect(text).not.toContain('secret');
    expect(describeConfig(parsed(''))).toContain('nobody but the web page and the log');
  });

  it('is documented as it is', async () => {
    expect(await readFile(join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'), 'utf8')).toBe(documentedDefaults());
  });

  it('describes every key in the reference and in the JSON schema', () => {
    expect(
      documentedDefaults()
        .split('\n')
        .filter((line) => /^\| `.*\|\s*\|$/.test(line) && !/\.(up|down)` /.test(line)),
    ).toEqual([]);
    expect(configJsonSchema().properties?.time?.properties?.step?.default).toBe('10s');
  });
});

const scaled = (rest: string): string =>
  `scaling:\n  - target: process/gateway\n    adminUrl: http://127.0.0.1:1\n    service: gateway\n    loadPerReplica: 100\n    maxReplicas: 4\n${rest}`;

const rows: readonly (readonly [name: string, text: string, line: number, column: number, message: RegExp])[] = [
  ['a misspelled key', 'tenant: a\ntime:\n  stepp: 10s\n', 3, 3, /unknown key `stepp` under `time`; did you mean `step`\?/],
  ['a misspelled section', 'tenat: a\n', 1, 1, /unknown key `tenat`; did you mean `tenant`\?/],
  ['a key from nowhere', 'budgets:\n  colour: red\n', 2, 3, /unknown key `colour` under `budgets`; known are `falsePagesPerServiceWeek`/],
  ['snake case', 'time:\n  day_length: 24h\n', 2, 3, /did you mean `dayLength`\?/],
  [
    'a duration that is none',
    'time:\n  step: ten seconds\n',
    2,
    9,
    /`time\.step`: expected a duration: seconds as a number, or text like 10s/,
  ],
  ['a negative duration', 'time:\n  step: -5\n', 2, 9, /`time\.step`: expected a duration of at least 100ms/],
  ['a duration of zero', 'retention: { samples: 0s }\n', 1, 23, /`retention\.samples`: expected a duration of at least 1m/],
  ['a port out of range', 'otlp:\n  port: 99999\n', 2, 9, /`otlp\.port`: must be at most 65535/],
  ['a port as text', 'api:\n  port: "8080"\n', 2, 9, /`api\.port`: expected a number/],
  ['a level that does not exist', 'logLevel: warning\n', 1, 11, /expected one of .*; did you mean `warn`\?/],
  ['an open API without a token', 'api:\n  host: 0.0.0.0\n', 2, 9, /can be reached from outside.*set `api\.tokenFile`/],
  ['a section without content', 'time:\notlp:\n  port: 1\n', 1, 1, /`time`: has no value; give a section of keys, or remove the key/],
  ['a list where a section belongs', 'time:\n  - step: 1s\n', 2, 3, /`time`: expected a section of keys/],
  ['a section where a list belongs', 'notifiers:\n  kind: webhook\n', 2, 3, /`notifiers`: expected a list/],
  [
    'a notifier of no kind',
    'notifiers:\n  - kind: webhok\n    url: https://a.example\n',
    2,
    11,
    /`notifiers\[0\]\.kind`: expected one of `webhook`/,
  ],
  ['a notifier without an address', 'tenant: a\nnotifiers:\n  - kind: webhook\n', 3, 5, /`url` is missing in `notifiers\[0\]`/],
  [
    'an address that is none',
    'notifiers:\n  - kind: webhook\n    url: hooks.example\n',
    3,
    10,
    /`notifiers\[0\]\.url`: expected an address that begins with https:/,
  ],
  [
    'credentials in an address',
    'notifiers: [{ kind: webhook, url: "https://u:p@a.example" }]\n',
    1,
    35,
    /credentials do not belong in the address/,
  ],
  [
    'two notifiers of one name',
    'notifiers:\n  - { kind: webhook, url: "https://a.example" }\n  - { kind: webhook, url: "https://b.example" }\n',
    3,
    5,
    /`webhook` is used twice; give each notifier its own/,
  ],
  [
    'a misspelled key of a notifier',
    'notifiers:\n  - kind: webhook\n    url: https://a.example\n    headerFile: x\n',
    4,
    5,
    /unknown key `headerFile` under `notifiers\[0\]`; did you mean `headersFile`/,
  ],
  [
    'a latency objective without threshold',
    'objectives:\n  - name: fast\n    service: gateway\n    kind: latency\n',
    2,
    5,
    /`objectives\[0\]`: a latency objective needs `threshold`/,
  ],
  [
    'an objective of 99 instead of 0.99',
    'objectives:\n  - { name: up, service: g, kind: availability, objective: 99 }\n',
    2,
    60,
    /`objectives\[0\]\.objective`: must be less than 1/,
  ],
  [
    'an availability objective with a threshold',
    'objectives:\n  - name: up\n    service: g\n    kind: availability\n    threshold: 1s\n',
    5,
    16,
    /has no `threshold`/,
  ],
  ['more replicas at least than at most', scaled('    minReplicas: 9\n'), 7, 18, /minReplicas 9 is more than maxReplicas 4/],
  ['half a replica', scaled('    minReplicas: 1.5\n'), 7, 18, /`scaling\[0\]\.minReplicas`: expected a whole number/],
  [
    'a misspelled key three levels down',
    scaled('    down:\n      window: 60s\n      replica: 1\n'),
    9,
    7,
    /unknown key `replica` under `scaling\[0\]\.down`; did you mean `replicas`/,
  ],
  ['an autonomy that does not exist', scaled('    mode: auto\n'), 7, 11, /expected one of `observe`, `propose`, `act`$/],
  ['a grace longer than a step', 'time: { step: 1s, grace: 5s }\n', 1, 26, /grace is longer than one step \(1s\)/],
  ['a day that is no whole number of steps', 'time:\n  step: 7s\n', 1, 1, /a day must be a whole number of steps of 7s/],
  ['an empty group of attributes', 'dimensions:\n  slices:\n    - []\n', 3, 7, /`dimensions\.slices\[0\]`: must have at least 1 entries/],
  [
    'an instant without its zone',
    'history:\n  endsAt: 2026-03-01\n',
    2,
    11,
    /`history\.endsAt`: (expected an instant|Invalid ISO datetime)/,
  ],
  ['a key twice', 'tenant: a\ntenant: b\n', 2, 1, /not YAML: Map keys must be unique/],
  ['a tab for indentation', 'time:\n\tstep: 1s\n', 2, 1, /not YAML: /],
  ['an open bracket', 'dimensions:\n  slices: [[a]\ntenant: b\n', 3, 1, /not YAML: /],
  ['a text instead of sections', 'hello\n', 1, 1, /expected a section of keys/],
  ['an error behind an alias', 'api: &web\n  port: 1\notlp: *web\nlogLevel: loud\n', 4, 11, /expected one of/],
];

describe('a wrong configuration', () => {
  it.each(rows)('names line, column and fix of %s', (_name, text, line, column, message) => {
    const config = parseConfig(text, 'foreshock.yaml');
    if (config.ok) throw new Error('was accepted');
    expect(config.error.code).toBe('CONFIG_INVALID');
    const [problem] = config.error.problems;
    expect({ line: problem?.line, column: problem?.column, message: problem?.message }).toEqual({
      line,
      column,
      message: expect.stringMatching(message),
    });
    expect(config.error.message).toContain(`foreshock.yaml: line ${line}, column ${column}: `);
  });

  it('names all problems at once, in the order of the file', () => {
    const config = parseConfig('logLevel: loud\ntime:\n  stepp: 1\n  step: x\nbudget: {}\n', 'f');
    expect(config.ok ? [] : config.error.problems.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
  });

  it('ends neither on a bomb of aliases nor on a well of brackets', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i}: &a${i} [${i === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`,
    );
    for (const text of [levels.join('\n'), `${'['.repeat(20_000)}`, `tenant: ${'{a: '.repeat(5_000)}`, 'x'.repeat(2_000_000)]) {
      expect(parseConfig(text, 'f')).toMatchObject({ ok: false, error: { code: 'CONFIG_INVALID' } });
    }
  });

  it('never throws, whatever the text, and never points outside of it', () => {
    const fragments = fc.constantFrom(
      'time:',
      '\n',
      '  ',
      'step: ',
      '10s',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '"',
      ': ',
      'scaling:',
      '\t',
      '? ',
      '|',
      '%',
      'null',
      '1e999',
    );
    fc.assert(
      fc.property(
        fc.array(fragments, { maxLength: 25 }).map((parts) => parts.join('')),
        (text) => {
          const config = parseConfig(text, 'f');
          if (config.ok) return;
          for (const { line, column } of config.error.problems) {
            expect(line).toBeGreaterThan(0);
            expect(line).toBeLessThanOrEqual(text.split('\n').length + 1);
            expect(column).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a configuration file', () => {
  it('means paths beside itself, and is named when it is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'config-'));
    try {
      const path = join(folder, 'foreshock.yaml');
      await writeFile(path, FULL);
      const config = await loadConfig(path);
      if (!config.ok) throw new Error(config.error.message);
      expect(config.value.dataDirectory).toBe(join(folder, 'data'));
      expect(config.value.api.tokenFile).toBe(join(folder, 'secrets', 'token'));
      expect(config.value.notifiers[0]).toMatchObject({ headersFile: join(folder, 'secrets', 'headers') });
      await writeFile(path, 'notifiers: [{ kind: slack, urlFile: slack/url }, { kind: pagerduty, routingKeyFile: pager.key }]\n');
      const told = await loadConfig(path);
      expect(told.ok && told.value.notifiers).toMatchObject([
        { urlFile: join(folder, 'slack', 'url') },
        { routingKeyFile: join(folder, 'pager.key'), url: 'https://events.pagerduty.com/v2/enqueue' },
      ]);
      expect(config.value.history.recording).toBe('/var/recording.ndjson');
      const missing = await loadConfig(join(folder, 'nowhere.yaml'));
      expect(missing).toMatchObject({
        ok: false,
        error: { code: 'CONFIG_INVALID', message: expect.stringContaining('nowhere.yaml: there is no such file') },
      });
      expect((await loadConfig(folder)).ok).toBe(false);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
