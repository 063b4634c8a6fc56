import { spawnSync } from 'node:child_process';
import { IsolationForest } from 'ml-isolation-forest';
import { gaussian, type Random, seededRandom } from '../core/random.ts';
import { systemClock } from '../core/system-clock.ts';
import { fitForest, scoreRows } from '../detectors/isolation-forest/index.ts';
import type { BenchRow, MeasuredRow } from './bench.ts';

/**
 * Scoring beside ml-isolation-forest and scikit-learn: the same rows, as many trees, as many rows a tree. The first has no
 * subsampling, each of its trees sees all rows it is trained on; so it and ours are trained on just one subsample.
 */
const DIMENSIONS = 8;
const TREES = 100;
const SUBSAMPLE = 256;
const TRAINING = 4_096;
const ROWS = 100_000;
/** What the slower ones are timed on. */
const FEWER_ROWS = 8_000;
const ODD_SHARE = 0.01;
const FORESTS = 5;
/** Random forests differ from one another by a few thousandths. */
const AUC_TOLERANCE = 0.015;

interface Labeled {
  readonly rows: Float64Array;
  readonly odd: Uint8Array;
}

/** Half of each value is common to its row; of an odd row three values lie off. */
const draw = (count: number, random: Random): Labeled => {
  const rows = new Float64Array(count * DIMENSIONS);
  const odd = new Uint8Array(count);
  for (let row = 0; row < count; row += 1) {
    const common = gaussian(random);
    odd[row] = random() < ODD_SHARE ? 1 : 0;
    for (let d = 0; d < DIMENSIONS; d += 1)
      rows[row * DIMENSIONS + d] = Math.SQRT1_2 * (common + gaussian(random)) + (odd[row] === 1 && d < 3 ? 2.5 : 0);
  }
  return { rows, odd };
};

const nested = ({ rows }: Labeled): number[][] =>
  Array.from({ length: rows.length / DIMENSIONS }, (_, row) => [...rows.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS)]);

/** The chance that an odd row scores above another (Mann-Whitney). */
const areaUnder = (scores: ArrayLike<number>, odd: Uint8Array): number => {
  const order = Array.from(odd.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  let below = 0;
  let wins = 0;
  for (const row of order) {
    if (odd[row] === 0) below += 1;
    else wins += below;
  }
  return wins / (below * (odd.length - below));
};

interface Measured {
  readonly rowsASecond: number;
  readonly area: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const secondsOf = (work: () => void): number => {
  const start = systemClock.elapsedMs();
  work();
  return (systemClock.elapsedMs() - start) / 1_000;
};

/** The fastest of several forests: other processes can only slow one down. */
const together = (each: readonly Measured[]): Measured => ({
  rowsASecond: Math.max(...each.map(({ rowsASecond }) => rowsASecond)),
  area: mean(each.map(({ area }) => area)),
});

const measureOurs = (training: Labeled, test: Labeled): Measured =>
  together(
    Array.from({ length: FORESTS }, (_, seed) => {
      const forest = fitForest(training.rows, DIMENSIONS, seededRandom(seed), { trees: TREES, subsample: SUBSAMPLE });
      const scores = new Float64Array(test.odd.length);
      const seconds = secondsOf(() => scoreRows(forest, test.rows, scores));
      return { rowsASecond: scores.length / seconds, area: areaUnder(scores, test.odd) };
    }),
  );

const measureMlJs = (training: Labeled, test: Labeled): Measured => {
  const [seen, asked] = [nested(training), nested(test)];
  return together(
    Array.from({ length: FORESTS }, () => {
      const forest = new IsolationForest({ nEstimators: TREES });
      forest.train(seen);
      let scores: readonly number[] = [];
      const seconds = secondsOf(() => {
        scores = forest.predict(asked);
      });
      return { rowsASecond: scores.length / seconds, area: areaUnder(scores, test.odd) };
    }),
  );
};

/** Reads training and test rows from standard input, both as float64; writes seconds and scores of each forest. */
const PYTHON = `
import sys, time
import numpy as np
from sklearn.ensemble import IsolationForest
dimensions, training, trees, subsample, forests = (int(word) for word in sys.argv[1:])
values = np.frombuffer(sys.stdin.buffer.read(), dtype='<f8').reshape(-1, dimensions)
seen, asked = values[:training], np.ascontiguousarray(values[training:])
for seed in range(forests):
    forest = IsolationForest(n_estimators=trees, max_samples=subsample, random_state=seed, n_jobs=1).fit(seen)
    start = time.perf_counter()
    scores = -forest.score_samples(asked)
    sys.stdout.buffer.write(np.concatenate(([time.perf_counter() - start], scores)).astype('<f8').tobytes())
`;

const python = process.env.FORESHOCK_TEST_PYTHON ?? 'python3';

const measureScikit = (training: Labeled, test: Labeled): Measured | undefined => {
  if (spawnSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' }).status !== 0) return undefined;
  const words = [DIMENSIONS, TRAINING, TREES, SUBSAMPLE, FORESTS].map(String);
  const ran = spawnSync(python, ['-c', PYTHON, ...words], {
    input: Buffer.concat([training.rows, test.rows].map(({ buffer }) => Buffer.from(buffer))),
    env: { ...process.env, OMP_NUM_THREADS: '1' },
    maxBuffer: 1_073_741_824,
  });
  if (ran.status !== 0) throw new Error(`scikit-learn: ${ran.stderr.toString()}`);
  const answer = new Float64Array(Uint8Array.from(ran.stdout).buffer);
  const each = answer.length / FORESTS;
  return together(
    Array.from({ length: FORESTS }, (_, place) => {
      const [seconds = Number.NaN] = answer.subarray(place * each, place * each + 1);
      return { rowsASecond: (each - 1) / seconds, area: areaUnder(answer.subarray(place * each + 1, (place + 1) * each), test.odd) };
    }),
  );
};

const compared = (rival: string, ours: Measured, theirs: Measured, factor: number): readonly MeasuredRow[] => [
  {
    name: `isolation forest, scoring, beside ${rival}`,
    unit: 'rows/s',
    ours: ours.rowsASecond,
    rival: { name: rival, value: theirs.rowsASecond },
    target: `>= ${factor}x at equal AUC`,
    met: ours.rowsASecond >= factor * theirs.rowsASecond,
  },
  {
    name: `isolation forest, AUC, beside ${rival}`,
    unit: '',
    ours: ours.area,
    rival: { name: rival, value: theirs.area },
    target: `not below by more than ${AUC_TOLERANCE}`,
    met: ours.area >= theirs.area - AUC_TOLERANCE,
  },
];

export const run = async (): Promise<readonly BenchRow[]> => {
  const random = seededRandom(1);
  const training = draw(TRAINING, random);
  const few = draw(SUBSAMPLE, random);
  const test = draw(ROWS, random);
  const fewer = draw(FEWER_ROWS, random);
  const scikit = measureScikit(training, test);
  return [
    ...compared('ml-isolation-forest', measureOurs(few, fewer), measureMlJs(few, fewer), 10),
    ...(scikit === undefined
      ? [{ name: 'isolation forest, beside scikit-learn', skipped: `${python} has no scikit-learn` }]
      : compared('scikit-learn', measureOurs(training, test), scikit, 3)),
  ];
};
