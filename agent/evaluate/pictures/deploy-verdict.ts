import { gaussian, seededRandom } from '../../../core/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../core/time.ts';
import { createDeployWatch, observeDeploys, watchDeploy } from '../../../detectors/deploy-verdict/index.ts';
import { CONTENT_TOP, drawStack, linesOf, type Panel, spansOf, stackHeight, svgOf, WIDTH } from './drawing.ts';

const SEED = 5;
const ROLLOUT = 1_440;
const SHOWN_BEFORE = 60;
const SHOWN_AFTER = 45;
const SLOWER = 1.2;
const SECONDS = 0.18;
/** Minutes over which the model follows what it sees. */
const MEMORY = 60;

/** A rollout that slows its service by a fifth, beside what the model had expected before it and what it expects by now. */
export const deployVerdictPicture = (): string => {
  const random = seededRandom(SEED);
  const watch = createDeployWatch({ stepMs: MINUTE_MS, dayLengthMs: DAY_MS });
  const places: number[] = [];
  const columns = { seen: [] as number[], following: [] as number[], without: [] as number[] };
  const watched: number[] = [];
  let level = Math.log(SECONDS);
  let before = level;
  let errors = 0.004;
  let said = '';
  for (let minute = 0; minute < ROLLOUT + SHOWN_AFTER; minute += 1) {
    if (minute === ROLLOUT) {
      before = level;
      watchDeploy(watch, { id: 'ledger 4.17.2', service: 'ledger', at: ROLLOUT * MINUTE_MS });
    }
    const seen = Math.log(SECONDS * (minute < ROLLOUT ? 1 : SLOWER)) + 0.05 * gaussian(random);
    const share = Math.max(0, 0.004 + 0.001 * gaussian(random));
    const expected = { latency: level, errors };
    level += (seen - level) / MEMORY;
    errors += (share - errors) / MEMORY;
    const shared = { service: 'ledger', offset: 0, seasonShare: 0, weight: 4_000, open: false };
    const verdicts = observeDeploys(watch, { index: minute, endsAt: (minute + 1) * MINUTE_MS }, [
      { ...shared, key: 'latency', name: 'duration', seen, expected: expected.latency, level },
      { ...shared, key: 'errors', name: 'errors', seen: share, expected: expected.errors, level: errors },
    ]);
    said = verdicts[0]?.because ?? said;
    const place = minute - ROLLOUT;
    if (place < -SHOWN_BEFORE) continue;
    places.push(place);
    columns.seen.push(1_000 * Math.exp(seen));
    columns.following.push(1_000 * Math.exp(expected.latency));
    columns.without.push(place < 0 ? Number.NaN : 1_000 * Math.exp(before));
    watched.push(place >= watch.settleSteps && place < watch.windowSteps ? 1 : 0);
  }
  const panels: readonly Panel[] = [
    {
      title: 'Typical latency of ledger, ms',
      height: 190,
      low: 140,
      format: String,
      plotted: [
        { kind: 'line', style: 'seen', name: 'seen', values: columns.seen },
        { kind: 'line', style: 'usual', name: 'expected by a model that follows', values: columns.following },
        { kind: 'line', style: 'truth', name: 'expected without the rollout', values: columns.without },
      ],
    },
  ];
  return svgOf({
    title: 'Deploy verdict: beside what had been expected without it',
    description: `At 0 a rollout slows a service by a fifth. Its model follows within the hour; what it has learned since is taken back, so the steps of the shaded window are compared with what it knew before.`,
    height: stackHeight(panels),
    content: drawStack({
      left: 62,
      right: WIDTH - 24,
      top: CONTENT_TOP,
      places,
      panels,
      spans: spansOf(watched, places, 'event', 'compared'),
      ticks: Array.from({ length: (SHOWN_BEFORE + SHOWN_AFTER) / 15 + 1 }, (_, place) => -SHOWN_BEFORE + 15 * place).map((minute) => ({
        at: minute,
        text: minute === 0 ? 'rollout' : `${minute} min`,
      })),
      axis: 'minutes since the rollout',
    }),
    said: linesOf(`The verdict: ${said}.`),
  });
};
