import { describe, expect, it } from 'vitest';
import { gaussian, seededRandom } from '../../core/random.ts';
import {
  branchOff,
  contributionsOf,
  createLearningSubspace,
  createSubspace,
  describeSubspace,
  fitSubspace,
  observe,
  observeLearning,
  opensWithout,
  restoreSubspace,
  SUBSPACE_CONSTANTS,
  type SubspaceRow,
  snapshotSubspace,
} from './index.ts';

const STEP = 300;
const DAY = 288;

/** A service whose metrics follow one daily load, each with noise of its own. */
const service = (metrics: number, rows: number, seed: number, fault: (row: number, metric: number) => number = () => 0) => {
  const random = seededRandom(seed);
  const timestamps = Float64Array.from({ length: rows }, (_, row) => row * STEP);
  const columns = Array.from({ length: metrics }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row += 1) {
    const load = 10 + 5 * Math.sin((2 * Math.PI * row) / DAY) + 0.5 * gaussian(random);
    columns.forEach((column, metric) => {
      column[row] = load * (1 + metric / metrics) + gaussian(random) + fault(row, metric);
    });
  }
  return { timestamps, columns };
};

const lived = (metrics: number, fault: (row: number, metric: number) => number, trainDays = 7, testDays = 2): readonly SubspaceRow[] => {
  const split = trainDays * DAY;
  const { timestamps, columns } = service(metrics, split + testDays * DAY, 3, (row, metric) =>
    row < split ? 0 : fault(row - split, metric),
  );
  const model = fitSubspace(
    columns.map((column) => column.subarray(0, split)),
    timestamps.subarray(0, split),
    STEP,
    SUBSPACE_CONSTANTS,
  );
  const state = createSubspace(model);
  return Array.from({ length: testDays * DAY }, (_, row) =>
    observe(
      state,
      timestamps[split + row] as number,
      columns.map((column) => column[split + row] as number),
    ),
  );
};

describe('the subspace of a service', () => {
  it('is silent while metrics follow their load, and names those that leave it', () => {
    expect(lived(12, () => 0).filter(({ alert }) => alert)).toHaveLength(0);
    const rows = lived(12, (row, metric) => (row >= 300 && row < 330 && [2, 5, 9].includes(metric) ? 25 : 0));
    const opened = rows.findIndex(({ alert }) => alert);
    expect(opened).toBeGreaterThanOrEqual(300);
    expect(opened).toBeLessThan(303);
    expect([...(rows[opened] as SubspaceRow).blamed].slice(0, 3).sort()).toEqual([2, 5, 9]);
    expect((rows[opened] as SubspaceRow).evidence).toBeGreaterThan(3);
    expect(rows.at(-1)?.alert).toBe(false);
  });

  it('ends the alert of a shift that stays', () => {
    const rows = lived(12, (row, metric) => (row >= 100 && metric < 4 ? 25 : 0), 7, 4);
    expect(rows[102]?.alert).toBe(true);
    expect(rows.at(-1)?.alert).toBe(false);
  });

  it('finds one metric of a hundred, says so in a sentence, and its contributions sum to the score', () => {
    const { timestamps, columns } = service(100, 4 * DAY, 9);
    const state = createSubspace(fitSubspace(columns, timestamps, STEP, SUBSPACE_CONSTANTS));
    const usual = columns.map((column) => column[0] as number);
    const row = usual.map((value, metric) => (metric === 42 ? value + 60 : value));
    observe(state, 4 * DAY * STEP, usual);
    const found = [1, 2, 3].map((step) => observe(state, (4 * DAY + step) * STEP, row)).find(({ alert }) => alert);
    expect(found?.blamed[0]).toBe(42);
    const score = observe(state, (4 * DAY + 4) * STEP, row).score;
    expect(contributionsOf(state).reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 12);
    const names = columns.map((_, metric) => `m${metric}`);
    expect(describeSubspace(state, 'ledger', names, [42])).toContain('metrics of ledger leave the way in which they move together');
  });

  it('would not have alerted with its three metrics put right; with eight at fault it would', () => {
    const { timestamps, columns } = service(12, 4 * DAY, 11);
    const model = fitSubspace(columns, timestamps, STEP, SUBSPACE_CONSTANTS);
    const opensWith = (atFault: number): { readonly opens: boolean; readonly without: boolean; readonly untouched: boolean } => {
      const state = createSubspace(model);
      const usual = columns.map((column) => column[0] as number);
      const at = 4 * DAY * STEP;
      observe(state, at, usual);
      const odd = usual.map((value, metric) => (metric < atFault ? value + 60 : value));
      const before = snapshotSubspace(state);
      const spare = branchOff(state);
      const without = opensWithout(spare, at + STEP, odd, [0, 1, 2]);
      const untouched = Buffer.compare(snapshotSubspace(spare), before) === 0;
      return { opens: observe(state, at + STEP, odd).alert, without, untouched };
    };
    expect(opensWith(3)).toEqual({ opens: true, without: false, untouched: true });
    expect(opensWith(8)).toEqual({ opens: true, without: true, untouched: true });
  });

  it('continues from a snapshot with the same bits', () => {
    const { timestamps, columns } = service(6, 3 * DAY, 5);
    const model = fitSubspace(columns, timestamps, STEP, SUBSPACE_CONSTANTS);
    const state = createSubspace(model);
    const rowAt = (row: number): readonly number[] => columns.map((column) => (column[row] as number) + (row % 50 === 0 ? 30 : 0));
    for (let row = 0; row < 200; row += 1) observe(state, (3 * DAY + row) * STEP, rowAt(row));
    const restored = restoreSubspace(snapshotSubspace(state));
    if (!restored.ok) throw new Error(restored.error.message);
    for (let row = 200; row < 400; row += 1)
      expect(observe(restored.value, (3 * DAY + row) * STEP, rowAt(row))).toEqual(observe(state, (3 * DAY + row) * STEP, rowAt(row)));
    expect(snapshotSubspace(restored.value)).toEqual(snapshotSubspace(state));
  });

  it('says what is wrong with bytes that are no snapshot', () => {
    const { timestamps, columns } = service(2, 100, 6);
    const bytes = snapshotSubspace(createSubspace(fitSubspace(columns, timestamps, STEP, SUBSPACE_CONSTANTS)));
    expect(restoreSubspace(bytes.subarray(0, 10))).toMatchObject({
      ok: false,
      error: { message: 'subspace snapshot: 10 bytes are fewer than a header' },
    });
    expect(restoreSubspace(bytes.subarray(0, bytes.length - 8))).toMatchObject({ ok: false, error: { code: 'SNAPSHOT_UNREADABLE' } });
    expect(restoreSubspace(new Uint8Array(64).fill(7))).toMatchObject({ ok: false });
  });

  it('learns of its own past alone, and says the same of it whatever comes after', () => {
    const odd = (row: number, metric: number): number => (row >= 1_500 && row < 1_520 && metric < 3 ? 25 : 0);
    const { timestamps, columns } = service(8, 1_800, 7, odd);
    const run = (rows: number, absurdAfter: number): readonly SubspaceRow[] => {
      const state = createLearningSubspace(8, STEP, SUBSPACE_CONSTANTS);
      return Array.from({ length: rows }, (_, row) =>
        observeLearning(
          state,
          timestamps[row] as number,
          columns.map((column) => (row >= absurdAfter ? 1e9 : (column[row] as number))),
        ),
      );
    };
    const rows = run(1_800, 1_800);
    expect(rows.slice(0, 256).every(({ score }) => score === 0)).toBe(true);
    expect(rows.slice(1_500, 1_503).some(({ alert }) => alert)).toBe(true);
    expect(run(1_700, 1_600).slice(0, 1_600)).toEqual(rows.slice(0, 1_600));
  });
});

describe('bad input', () => {
  const cases: readonly (readonly [string, (row: number, metric: number) => number])[] = [
    ['constant', () => 5],
    ['nothing at all', () => Number.NaN],
    ['endless', () => Number.POSITIVE_INFINITY],
    ['1e308', (row) => (row % 2 === 0 ? 1e308 : -1e308)],
    ['alternating sign', (row) => (row % 2 === 0 ? 1 : -1)],
    ['one huge spike', (row) => (row === 350 ? 1e200 : row % 3)],
    ['mostly gaps', (row, metric) => ((row * 7 + metric) % 10 === 0 ? row % 5 : Number.NaN)],
    ['tiny', (row) => 1e-300 * (row % 7)],
  ];
  it.each(cases)('%s: no throw, no NaN out', (_, value) => {
    for (const metrics of [1, 2, 9]) {
      const state = createLearningSubspace(metrics, 60, SUBSPACE_CONSTANTS);
      for (let row = 0; row < 420; row += 1) {
        // Clock steps and duplicate times among them.
        const at = row * 60 + (row === 300 ? -3_600 : 0);
        const { score, evidence, blamed } = observeLearning(
          state,
          at,
          Array.from({ length: metrics }, (__, metric) => value(row, metric)),
        );
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        expect(Number.isFinite(evidence)).toBe(true);
        expect(blamed.every((column) => column >= 0 && column < metrics)).toBe(true);
      }
    }
  });

  it('an absent row changes nothing, an absent metric raises nothing', () => {
    const { timestamps, columns } = service(6, 3 * DAY, 8);
    const state = createSubspace(fitSubspace(columns, timestamps, STEP, SUBSPACE_CONSTANTS));
    const before = snapshotSubspace(state);
    observe(state, 3 * DAY * STEP, new Array(6).fill(Number.NaN));
    expect(snapshotSubspace(state)).toEqual(before);
    const half = columns.map((column, metric) => (metric < 3 ? Number.NaN : (column[0] as number)));
    for (let row = 0; row < 20; row += 1) expect(observe(state, (3 * DAY + row) * STEP, half).alert).toBe(false);
  });
});
