import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';
import { NAB_PROFILES, type NabProfile, type NabRows, nabRaw, nabTally, normalizeNab } from '../score/nab.ts';

const scoresSchema = z.looseObject({ standard: z.number(), reward_low_FP_rate: z.number(), reward_low_FN_rate: z.number() });
const publishedSchema = z.looseObject({
  windows: z.record(z.string(), z.number()),
  scores: z.record(z.string(), z.record(z.string(), scoresSchema)),
});
const perFileSchema = z.record(z.string(), z.record(z.string(), z.tuple([z.number(), z.number()])));
const PER_FILE = 'per_file_standard';

export interface Published {
  /** Of the part that has as many windows as the files at hand. */
  readonly scores: readonly { readonly name: string; readonly scores: readonly number[] }[];
  /** Raw score and false positives of each file, at the standard profile. */
  readonly perFile: z.infer<typeof perFileSchema>;
}

export const readPublished = async (path: string, windows: number): Promise<Outcome<Published, Failure<'PUBLISHED_UNREADABLE'>>> => {
  try {
    const whole = publishedSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    const key = Object.keys(whole).find((name) => name.startsWith(PER_FILE));
    const perFile = key === undefined ? {} : perFileSchema.parse(whole[key]);
    const part = Object.keys(whole.windows).find((name) => whole.windows[name] === windows);
    const scores = Object.entries(whole.scores).flatMap(([name, parts]) => {
      const found = part === undefined ? undefined : parts[part];
      return found === undefined ? [] : [{ name, scores: [found.standard, found.reward_low_FP_rate, found.reward_low_FN_rate] }];
    });
    return succeed({ scores, perFile });
  } catch (cause) {
    return fail('PUBLISHED_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause });
  }
};

export interface SelfCheck {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

const TOLERANCE = 0.01;
/** Raw scores are published with four decimals. */
const RAW_ROUNDING = 0.000_06;
const SILENT = 'null';

/**
 * Our scorer against published scores. What is published are scores a file and a corpus, not the detections behind
 * them; so it is checked (1) that raw scores add up and normalize to the published ones, (2) that a silent detector
 * gets the published raw score of every file, counted from the data, (3) that where a published detector hit the
 * only window of a file without a false positive, its score is one that our formula gives to a row of that window.
 */
export const checkAgainstPublished = (published: Published, files: ReadonlyMap<string, NabRows>): SelfCheck => {
  const standard = NAB_PROFILES[0] as NabProfile;
  const windows = [...files.values()].reduce((sum, nab) => sum + nab.windows, 0);
  const lines: string[] = [];
  let ok = true;
  const report = (passed: boolean, line: string): void => {
    ok &&= passed;
    lines.push(`${passed ? 'ok' : 'FAILED'}: ${line}`);
  };

  let furthest = 0;
  let compared = 0;
  for (const { name, scores } of published.scores) {
    const raws = published.perFile[name];
    if (raws === undefined || ![...files.keys()].every((file) => file in raws)) continue;
    const raw = [...files.keys()].reduce((sum, file) => sum + (raws[file]?.[0] ?? 0), 0);
    furthest = Math.max(furthest, Math.abs(normalizeNab(raw, windows, standard) - (scores[0] as number)));
    compared += 1;
  }
  if (compared === 0) lines.push(`not checked: no published corpus score is of exactly these ${files.size} files and ${windows} windows`);
  else
    report(
      furthest <= TOLERANCE,
      `standard score of ${compared} published detectors from their raw scores over ${files.size} files and ${windows} windows: at most ${furthest.toFixed(4)} off`,
    );

  const silent = Object.entries(published.perFile[SILENT] ?? {}).filter(([file]) => files.has(file));
  const wrong = silent.filter(([file, [raw]]) => Math.abs(nabRaw(nabTally(files.get(file) as NabRows, []), standard) - raw) > TOLERANCE);
  report(
    wrong.length === 0,
    `raw score of the silent detector, counted from the data of ${silent.length} files${wrong.length === 0 ? '' : `; differs on ${wrong.map(([file]) => file).join(', ')}`}`,
  );

  let attainable = 0;
  const strange: string[] = [];
  for (const [name, raws] of Object.entries(published.perFile))
    for (const [file, [raw, falsePositives]] of Object.entries(raws)) {
      const nab = files.get(file);
      if (nab === undefined || nab.windows !== 1 || falsePositives !== 0 || raw <= -1) continue;
      const isOurs = nab.worth.some(
        (worth, row) => nab.window[row] !== -1 && row >= nab.probation && Math.abs(worth - raw) <= RAW_ROUNDING,
      );
      if (isOurs) attainable += 1;
      else strange.push(`${name} on ${file}`);
    }
  report(
    strange.length === 0,
    `${attainable} published scores of a single hit window are each the worth of one of its rows${strange.length === 0 ? '' : `; not so: ${strange.join(', ')}`}`,
  );
  return { ok, lines };
};
