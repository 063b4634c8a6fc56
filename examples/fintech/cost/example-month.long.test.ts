import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRecording } from '../../../agent/models/recording.ts';
import { type ExampleMonth, exampleMonth } from './example-month.ts';

const beside = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

/** What the recording decides. Replicas follow the planner, which may get better without the stored month being made anew. */
const recordedPart = (month: ExampleMonth): unknown =>
  JSON.parse(
    JSON.stringify({
      ...month,
      rows: month.rows.map(({ replicas: _replicas, desiredReplicas: _desired, baselineReplicas: _baseline, ...row }) => row),
    }),
  );

describe('the data of the example cost report', () => {
  it('is what the recorded days give, and says so', () => {
    const recording = decodeRecording(beside('../recording/days.json.gz'));
    if (!recording.ok) throw new Error(recording.error.message);
    const stored = JSON.parse(gunzipSync(beside('allocation.json.gz')).toString('utf8')) as ExampleMonth;
    expect(recordedPart(exampleMonth(recording.value))).toEqual(recordedPart(stored));
    expect(stored.label).toContain(recording.value.sha256);
  });
});
