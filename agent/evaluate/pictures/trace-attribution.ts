import { gaussian, type Random, seededRandom } from '../../../core/random.ts';
import {
  type Attribution,
  assembleTraces,
  attributeLatency,
  describeLatency,
  learnCallees,
  profileTraces,
} from '../../../detectors/trace-attribution/index.ts';
import type { SpanKind, TracedSpan } from '../../../detectors/trace-attribution/span.ts';
import { unitLabel } from '../../../detectors/trace-attribution/unit.ts';
import { at, label, scaleOf, ticksOf } from '../../cost/html/axes.ts';
import { CONTENT_TOP, linesOf, svgOf, WIDTH } from './drawing.ts';

const REQUESTS = 300;

/** Milliseconds of a payment: own work of each service, the way to each callee, and how often the ledger is asked. */
interface Payment {
  readonly gateway: number;
  readonly router: number;
  readonly ledger: number;
  readonly network: number;
  readonly ledgerCalls: number;
}

const BEFORE: Payment = { gateway: 12, router: 18, ledger: 40, network: 4, ledgerCalls: 1.1 };
/** The ledger became slow, the way to it longer, and the router tries again more often. */
const AFTER: Payment = { gateway: 12.5, router: 19, ledger: 150, network: 11, ledgerCalls: 1.35 };

const spread = (random: Random, mean: number): number => mean * Math.exp(0.25 * gaussian(random) - 0.03);

/** gateway -> router -> ledger, one or more times in a row. */
const spansOfPayment = (trace: string, is: Payment, random: Random): readonly TracedSpan[] => {
  const spans: TracedSpan[] = [];
  const add = (parent: string, service: string, operation: string, kind: SpanKind, startMs: number, durationMs: number): string => {
    const span = `${spans.length + 1}`;
    spans.push({ trace, span, parent, service, operation, kind, startMs, durationMs, failed: false });
    return span;
  };
  const calls = 1 + (random() < is.ledgerCalls - 1 ? 1 : 0);
  const asked = Array.from({ length: calls }, () => ({ way: spread(random, is.network), work: spread(random, is.ledger) }));
  const routerOwn = spread(random, is.router);
  const routerMs = routerOwn + asked.reduce((sum, { way, work }) => sum + way + work, 0);
  const way = spread(random, BEFORE.network);
  const gatewayOwn = spread(random, is.gateway);
  const root = add('', 'gateway', 'POST /payments', 'server', 0, gatewayOwn + way + routerMs);
  const call = add(root, 'gateway', 'call router', 'client', gatewayOwn / 2, way + routerMs);
  const routerStart = gatewayOwn / 2 + way / 2;
  const router = add(call, 'router', 'route', 'server', routerStart, routerMs);
  let next = routerStart + routerOwn / 2;
  for (const { way: toLedger, work } of asked) {
    const asking = add(router, 'router', 'call ledger', 'client', next, toLedger + work);
    add(asking, 'ledger', 'post', 'server', next + toLedger / 2, work);
    next += toLedger + work;
  }
  return spans;
};

const windowOf = (is: Payment, random: Random) =>
  assembleTraces(Array.from({ length: REQUESTS }, (_, request) => spansOfPayment(`${request}`, is, random)).flat()).roots;

interface Bar {
  readonly name: string;
  readonly change: number;
}

const LEAST_SHARE = 0.01;

/** The terms worth a bar, and the rest as one. */
const barsOf = ({ terms }: Attribution): readonly Bar[] => {
  const named = terms
    .filter(({ share }) => Math.abs(share) >= LEAST_SHARE)
    .map(({ part, unit, change }) => ({ name: part === 'time' ? unitLabel(unit) : `${part}: ${unitLabel(unit)}`, change }));
  const rest = terms.filter(({ share }) => Math.abs(share) < LEAST_SHARE);
  return [...named, { name: `${rest.length} smaller terms`, change: rest.reduce((sum, { change }) => sum + change, 0) }];
};

const LEFT = 240;
const RIGHT = WIDTH - 190;
const SLOT = 34;

const waterfall = (attribution: Attribution, top: number): { readonly content: string; readonly height: number } => {
  const { before, after, change } = attribution;
  const bars = barsOf(attribution);
  const levels = [before];
  for (const { change: part } of bars) levels.push((levels.at(-1) as number) + part);
  const most = Math.max(...levels, after) * 1.02;
  const x = scaleOf(0, most, LEFT, RIGHT);
  const rows = bars.length + 2;
  const bottom = top + rows * SLOT + 8;
  const bar = (place: number, style: string, from: number, to: number, name: string, value: string): string => {
    const y = top + 8 + place * SLOT;
    const [start, end] = [Math.min(x(from), x(to)), Math.max(x(from), x(to))];
    return `${label(LEFT - 12, y + 17, name, 'end')}<rect class="${style}" x="${at(start)}" y="${at(y + 2)}" width="${at(Math.max(1.5, end - start))}" height="22"/>${label(RIGHT + 16, y + 17, value, 'start', 'name')}`;
  };
  const percent = (part: number): string => `${part < 0 ? '' : '+'}${part.toFixed(1)} ms, ${((100 * part) / change).toFixed(1)} %`;
  const explained = (100 * bars.reduce((sum, { change: part }) => sum + part, 0)) / change;
  const content = [
    ...ticksOf(0, most, 6).map(
      (tick) =>
        `<path class="grid" d="M${at(x(tick))} ${at(top)}V${at(bottom)}"/>${label(x(tick), bottom + 17, String(tick), 'middle', 'tick')}`,
    ),
    bar(0, 'whole', 0, before, 'mean before', `${before.toFixed(1)} ms`),
    ...bars.map(({ name, change: part }, place) =>
      bar(place + 1, part >= 0 ? 'rise' : 'fall', levels[place] as number, levels[place + 1] as number, name, percent(part)),
    ),
    bar(rows - 1, 'whole', 0, after, 'mean after', `${after.toFixed(1)} ms`),
    label(
      (LEFT + RIGHT) / 2,
      bottom + 36,
      `mean duration of a payment, milliseconds; the parts add up to ${percent(change).split(',')[0]}, ${explained.toFixed(1)} % of the change`,
      'middle',
      'tick',
    ),
  ].join('');
  return { content, height: bottom + 44 - top };
};

/** Payments before and after the ledger became slow, taken apart. */
export const traceAttributionPicture = (): string => {
  const random = seededRandom(17);
  const old = windowOf(BEFORE, random);
  const now = windowOf(AFTER, random);
  const callees = learnCallees([old, now]);
  const attribution = attributeLatency(profileTraces({ roots: old }, callees), profileTraces({ roots: now }, callees));
  if (attribution === undefined) throw new Error('there are requests on both sides');
  const { content, height } = waterfall(attribution, CONTENT_TOP);
  return svgOf({
    title: 'Trace attribution: what a slower payment is made of, to the last millisecond',
    description: `The mean duration of a payment before and after, and between them one bar for each part of the change: ${barsOf(
      attribution,
    )
      .map((bar) => `${bar.name} ${bar.change.toFixed(1)} ms`)
      .join(', ')}. The bars add up to the whole change.`,
    height,
    content,
    said: linesOf(`Said in one line: ${describeLatency('gateway', attribution)}.`),
  });
};
