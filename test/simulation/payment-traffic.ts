/** Seeded payments through gateway -> router -> psp-a | psp-b and gateway -> ledger, as the spans of each second. */
import { SPAN_CLIENT, SPAN_SERVER } from '../../core/batch.ts';
import { gaussian, type Random, seededRandom } from '../../core/random.ts';
import { poisson, shopLoad } from '../../detectors/seasonal/synthetic.ts';

export const DAY_SECONDS = 120;
const PROVIDERS = ['psp-a', 'psp-b'];
const ISSUERS = ['birch', 'maple', 'willow'];

/** What is wrong in the seconds [from, to). */
export type Fault =
  | { readonly kind: 'slow'; readonly service: string; readonly factor: number; readonly from: number; readonly to: number }
  | { readonly kind: 'declines'; readonly provider: string; readonly issuer: string; readonly from: number; readonly to: number }
  | { readonly kind: 'no-telemetry'; readonly service: string; readonly from: number; readonly to: number };

export interface TrafficSpan {
  readonly service: string;
  readonly kind: number;
  readonly peer: string;
  /** Milliseconds since second 0 of the story, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly key: number;
  readonly parent: number;
  readonly error: boolean;
  readonly provider: string;
  readonly issuer: string;
  readonly outcome: string;
}

export interface Traffic {
  /** Spans that end in a second, sorted by service. A function of seed, faults and second alone; seconds come in order. */
  endingIn(second: number): readonly TrafficSpan[];
}

const OWN_MS: Readonly<Record<string, number>> = { gateway: 4, router: 3, ledger: 20, 'psp-a': 60, 'psp-b': 80 };
const DECLINE_SHARE = 0.03;
const ERROR_SHARE = 0.005;
const HOP_MS = 1;

export const createTraffic = (seed: number, faults: readonly Fault[]): Traffic => {
  const bySecond = new Map<number, TrafficSpan[]>();
  let generated = -1;

  const active = (second: number): readonly Fault[] => faults.filter((fault) => fault.from <= second && second < fault.to);

  const ownMs = (service: string, now: readonly Fault[], random: Random): number => {
    const slow = now.reduce((factor, fault) => (fault.kind === 'slow' && fault.service === service ? factor * fault.factor : factor), 1);
    return (OWN_MS[service] as number) * slow * Math.exp(0.2 * gaussian(random));
  };

  const addPayment = (second: number, number: number, now: readonly Fault[], random: Random): void => {
    const startMs = 1_000 * (second + random());
    const provider = PROVIDERS[Math.floor(random() * PROVIDERS.length)] as string;
    const issuer = ISSUERS[Math.floor(random() * ISSUERS.length)] as string;
    const broken = now.some((fault) => fault.kind === 'declines' && fault.provider === provider && fault.issuer === issuer);
    const declined = random() < DECLINE_SHARE || broken;
    const error = random() < ERROR_SHARE;
    const own = Object.fromEntries(['gateway', 'router', 'ledger', provider].map((service) => [service, ownMs(service, now, random)]));
    const outcome = error ? 'failed' : declined ? 'declined' : 'approved';
    const first = second * 10_000 + number * 10 + 1;
    const add = (place: number, parent: number, service: string, kind: number, peer: string, at: number, durationMs: number): void => {
      const isEntry = service === 'gateway' && kind === SPAN_SERVER;
      const span = {
        service,
        kind,
        peer,
        startMs: at,
        durationMs,
        key: first + place,
        parent: parent < 0 ? Number.NaN : first + parent,
        error: error && service !== 'ledger',
        provider: isEntry ? provider : '',
        issuer: isEntry ? issuer : '',
        outcome: isEntry ? outcome : '',
      };
      const end = Math.floor((at + durationMs) / 1_000);
      const bucket = bySecond.get(end) ?? [];
      bySecond.set(end, bucket);
      if (!now.some((fault) => fault.kind === 'no-telemetry' && fault.service === service)) bucket.push(span);
    };
    const pspMs = own[provider] as number;
    const routerMs = (own.router as number) + 2 * HOP_MS + pspMs;
    const ledgerMs = own.ledger as number;
    const half = (own.gateway as number) / 2;
    const toLedger = startMs + half;
    const toRouter = toLedger + ledgerMs + 2 * HOP_MS;
    add(0, -1, 'gateway', SPAN_SERVER, '', startMs, 2 * half + ledgerMs + routerMs + 4 * HOP_MS);
    add(1, 0, 'gateway', SPAN_CLIENT, 'ledger', toLedger, ledgerMs + 2 * HOP_MS);
    add(2, 1, 'ledger', SPAN_SERVER, '', toLedger + HOP_MS, ledgerMs);
    add(3, 0, 'gateway', SPAN_CLIENT, 'router', toRouter, routerMs + 2 * HOP_MS);
    add(4, 3, 'router', SPAN_SERVER, '', toRouter + HOP_MS, routerMs);
    const toPsp = toRouter + HOP_MS + (own.router as number);
    add(5, 4, 'router', SPAN_CLIENT, provider, toPsp, pspMs + 2 * HOP_MS);
    add(6, 5, provider, SPAN_SERVER, '', toPsp + HOP_MS, pspMs);
  };

  const generate = (second: number): void => {
    const random = seededRandom(seed * 1_000_003 + second);
    const now = active(second);
    const payments = poisson(random, shopLoad(second, DAY_SECONDS) / 2);
    for (let number = 0; number < payments; number += 1) addPayment(second, number, now, random);
  };

  return {
    endingIn(second) {
      for (; generated < second; generated += 1) generate(generated + 1);
      const spans = bySecond.get(second) ?? [];
      bySecond.delete(second);
      return spans.sort((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : a.key - b.key));
    },
  };
};
