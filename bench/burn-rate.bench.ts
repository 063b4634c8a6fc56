import { quantile } from '../core/math.ts';
import { seededRandom } from '../core/random.ts';
import { BURN_RULES, burnWindows, createBurnRate, scoreBurn } from '../detectors/burn-rate/index.ts';
import { createBurnOracle } from '../detectors/burn-rate/oracle.fixture.ts';
import { pagesOfQuiet, randomSeries, requestsUntilPage, SHORT_DAY } from '../detectors/burn-rate/series.fixture.ts';
import { betaTail } from '../detectors/special-functions.ts';
import type { BenchRow } from './bench.ts';

const SERIES = 10_000;
const STEPS = 50;
const TARGETS = ['0.9', '0.99', '0.995', '0.999', '0.99999'];
const QUIET_TARGETS = [0.99, 0.995, 0.999, 0.9999];
const QUIET_RATES = [0.5, 1, 2, 5, 9.5];
const YEARS_OF_HOURS = 3 * 8_766;
const DETECTIONS = 100;

const differences = (): { readonly differing: number; readonly judged: number } => {
  const random = seededRandom(17);
  let differing = 0;
  let judged = 0;
  for (let series = 0; series < SERIES; series += 1) {
    const target = TARGETS[series % TARGETS.length] as string;
    const burn = createBurnRate({ objective: 'x', service: 'x', tenant: 'default', target: Number(target), scale: SHORT_DAY });
    const oracle = createBurnOracle(BURN_RULES, target, SHORT_DAY, betaTail);
    for (const step of randomSeries(random, STEPS)) {
      scoreBurn(burn, step);
      const windows = burnWindows(burn);
      oracle.observe(step).forEach(({ firing, basis }, rule) => {
        judged += 1;
        if (windows[rule]?.firing !== firing || windows[rule]?.basis !== basis) differing += 1;
      });
    }
  }
  return { differing, judged };
};

/** Services that keep their promise (at it, or with half of the failures it allows) and those of which a fifth fail. */
const quietServices = (): readonly BenchRow[] => {
  const random = seededRandom(23);
  const pages = { plain: 0, ours: 0 };
  let worstRatio = 0;
  const found: number[] = [];
  let slowest = 0;
  for (const target of QUIET_TARGETS) {
    for (const requestsPerHour of QUIET_RATES) {
      const service = { target, requestsPerHour };
      const cell = { plain: 0, ours: 0 };
      for (const part of [1, 0.5]) {
        const seen = pagesOfQuiet(service, part * (1 - target), requestsPerHour * YEARS_OF_HOURS, random);
        cell.plain += seen.plain;
        cell.ours += seen.ours;
      }
      pages.plain += cell.plain;
      pages.ours += cell.ours;
      if (cell.plain > 0) worstRatio = Math.max(worstRatio, cell.ours / cell.plain);
      const delays = Array.from({ length: DETECTIONS }, () => requestsUntilPage(service, 200, random));
      found.push(...delays);
      const median = quantile(delays, 0.5);
      slowest = Math.max(slowest, median);
      if (process.env.BENCH_CELLS !== undefined)
        console.log(
          `    ${target} at ${requestsPerHour}/h: plain ${cell.plain}, ours ${cell.ours}, found p50 ${median} p90 ${quantile(delays, 0.9)}`,
        );
    }
  }
  return [
    {
      name: 'false pages of services below 10 requests an hour',
      unit: 'pages',
      ours: pages.ours,
      rival: { name: 'the plain rules', value: pages.plain },
      target: '<= 1 % of the plain rules',
      met: pages.ours <= 0.01 * pages.plain,
    },
    { name: 'the same, worst objective and rate', unit: 'x', ours: worstRatio, target: 'shown', met: true },
    {
      name: 'requests until a page when a fifth fail, median',
      unit: 'requests',
      ours: quantile(found, 0.5),
      target: '<= 15',
      met: quantile(found, 0.5) <= 15,
    },
    { name: 'the same, slowest objective and rate', unit: 'requests', ours: slowest, target: 'shown', met: true },
  ];
};

export const run = async (): Promise<readonly BenchRow[]> => {
  const { differing, judged } = differences();
  return [
    {
      name: `verdicts unlike the oracle's, of ${judged} on ${SERIES} series`,
      unit: '',
      ours: differing,
      target: '0',
      met: differing === 0,
    },
    ...quietServices(),
  ];
};
