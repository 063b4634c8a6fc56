import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../core/outcome.ts';
import { seededRandom } from '../../core/random.ts';
import { DAY_MS, HOUR_MS } from '../../core/time.ts';
import { readSecretFile } from '../config/secret.ts';
import { printable } from '../report/report-text.ts';
import { proposalDocuments, propose, type ServiceHistory } from '../slo/propose.ts';

/** sysexits.h: the agent cannot be asked. */
const EXIT_UNAVAILABLE = 69;
const PAGE = 10_000;
/** With fewer days, hours are drawn anew in place of days. */
const LEAST_DAYS = 7;
const TIMEOUT_MS = 60_000;

const signalPage = z.object({
  items: z.array(z.object({ key: z.string(), service: z.string(), name: z.string(), scope: z.object({ kind: z.string() }) })),
  next: z.string().optional(),
});
const stepPage = z.object({
  from: z.number(),
  stepSeconds: z.number(),
  values: z.array(z.number().nullable()),
  weights: z.array(z.number()),
  next: z.number().optional(),
});
type Signal = z.output<typeof signalPage>['items'][number];

interface Asked {
  readonly at: number;
  readonly value: number;
  readonly weight: number;
}

type Ask = <Answer>(path: string, schema: z.ZodType<Answer>) => Promise<Outcome<Answer>>;

const createAsk =
  (agent: URL, token: string | undefined): Ask =>
  async (path, schema) => {
    try {
      const answer = await fetch(new URL(path, agent), {
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!answer.ok) return fail('AGENT_REFUSED', `${agent.origin} answers ${answer.status} to ${path.split('?')[0]}`);
      const checked = schema.safeParse(await answer.json());
      return checked.success ? succeed(checked.data) : fail('AGENT_ANSWER', `${agent.origin} does not answer as an agent does`);
    } catch (cause) {
      return fail('AGENT_UNREACHABLE', `${agent.origin} cannot be asked: ${(cause as Error).message}`, { cause });
    }
  };

const signalsNamed = async (ask: Ask, name: string, service: string | undefined): Promise<Outcome<readonly Signal[], Failure>> => {
  const found: Signal[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      name,
      limit: '1000',
      ...(service === undefined ? {} : { service }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = await ask(`/api/v1/signals?${query}`, signalPage);
    if (!page.ok) return page;
    found.push(...page.value.items.filter(({ scope }) => scope.kind === 'service'));
    cursor = page.value.next;
  } while (cursor !== undefined);
  return succeed(found);
};

const stepsOf = async (ask: Ask, key: string, from: number, to: number): Promise<Outcome<readonly Asked[], Failure>> => {
  const steps: Asked[] = [];
  let next: number | undefined = from;
  while (next !== undefined) {
    const query: URLSearchParams = new URLSearchParams({ from: String(Math.round(next)), to: String(Math.round(to)), limit: String(PAGE) });
    const page: Outcome<z.output<typeof stepPage>> = await ask(`/api/v1/signals/${encodeURIComponent(key)}/steps?${query}`, stepPage);
    if (!page.ok) return page;
    const { values, weights, stepSeconds } = page.value;
    const begin = page.value.from;
    values.forEach((value, i) => {
      if (value !== null) steps.push({ at: begin + i * stepSeconds * 1_000, value, weight: weights[i] ?? 0 });
    });
    next = page.value.next;
  }
  return succeed(steps);
};

const historyOf = (service: string, errors: readonly Asked[], medians: readonly Asked[], p95s: readonly Asked[]): ServiceHistory => {
  const first = errors[0]?.at ?? 0;
  const days = Math.max(HOUR_MS, (errors.at(-1)?.at ?? 0) - first) / DAY_MS;
  const stretchMs = days >= LEAST_DAYS ? DAY_MS : HOUR_MS;
  const stretches = new Map<number, { total: number; bad: number }>();
  for (const { at, value, weight } of errors) {
    const stretch = Math.floor((at - first) / stretchMs);
    const counts = stretches.get(stretch) ?? { total: 0, bad: 0 };
    stretches.set(stretch, { total: counts.total + Math.round(weight), bad: counts.bad + Math.round(value * weight) });
  }
  const medianAt = new Map(medians.map(({ at, value }) => [at, value]));
  const durations = p95s.map(({ at, value, weight }) => ({ median: medianAt.get(at) ?? Number.NaN, p95: value, weight }));
  return { service, days, stretches: [...stretches.values()], durations };
};

interface Options {
  readonly agent: URL;
  readonly service?: string;
  readonly days: number;
  readonly tokenFile?: string;
}

const collect = async (ask: Ask, { service, days }: Options, now: number): Promise<Outcome<readonly ServiceHistory[], Failure>> => {
  const errors = await signalsNamed(ask, 'errors', service);
  if (!errors.ok) return errors;
  const medians = await signalsNamed(ask, 'duration_p50', service);
  if (!medians.ok) return medians;
  const p95s = await signalsNamed(ask, 'duration_p95', service);
  if (!p95s.ok) return p95s;
  const from = now - days * DAY_MS;
  const histories: ServiceHistory[] = [];
  for (const signal of errors.value) {
    const steps = async (signals: readonly Signal[]) => {
      const found = signals.find((candidate) => candidate.service === signal.service);
      return found === undefined ? succeed([]) : stepsOf(ask, found.key, from, now);
    };
    const [bad, median, p95] = [await steps(errors.value), await steps(medians.value), await steps(p95s.value)];
    if (!bad.ok) return bad;
    if (!median.ok) return median;
    if (!p95.ok) return p95;
    histories.push(historyOf(signal.service, bad.value, median.value, p95.value));
  }
  return succeed(histories);
};

const daysOption = (text: string): number => {
  const days = Number(text);
  if (!(days > 0 && days <= 366)) throw new InvalidArgumentError('a number of days up to 366');
  return days;
};

const addressOption = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new InvalidArgumentError('an address such as http://127.0.0.1:8080');
  return url;
};

/** `foreshock slo propose`: objectives a running agent has seen kept, as OpenSLO documents on standard output. */
export const addSloPropose = (program: Command, now: () => number): void => {
  program
    .command('slo')
    .description('service level objectives')
    .command('propose')
    .description('propose objectives from what a running agent has stored; they page only once they are in its configuration')
    .option('--agent <url>', 'address of the agent', addressOption, new URL('http://127.0.0.1:8080'))
    .option('--service <name>', 'only this service')
    .option('--days <number>', 'how far back to look, as far as `retention.samples` goes', daysOption, 30)
    .option('--token-file <file>', 'file with the token of the API')
    .action(async (options: Options) => {
      const stop = (message: string): void => {
        process.stderr.write(`${printable(message)}\n`);
        process.exitCode = EXIT_UNAVAILABLE;
      };
      const token = options.tokenFile === undefined ? undefined : await readSecretFile(options.tokenFile);
      if (token !== undefined && !token.ok) return stop(token.error.message);
      const histories = await collect(createAsk(options.agent, token?.value.reveal()), options, now());
      if (!histories.ok) return stop(histories.error.message);
      const drafted = histories.value.map((history) => propose(history, seededRandom(1)));
      for (const note of drafted.flatMap(({ notes }) => notes)) process.stderr.write(`${printable(note)}\n`);
      const proposals = drafted.flatMap((draft) => draft.proposals);
      if (proposals.length === 0) return stop('no service has enough requests for a proposal');
      process.stdout.write(proposalDocuments(proposals));
    });
};
