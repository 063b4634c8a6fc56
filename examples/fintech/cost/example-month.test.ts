import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRecording } from '../../../agent/models/recording.ts';
import { exampleMonth } from './example-month.ts';

const beside = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

describe('the data of the example cost report', () => {
  it('is what the recorded days and the simulator give', () => {
    const recording = decodeRecording(beside('../recording/days.json.gz'));
    if (!recording.ok) throw new Error(recording.error.message);
    const stored = JSON.parse(gunzipSync(beside('allocation.json.gz')).toString('utf8'));
    expect(JSON.parse(JSON.stringify(exampleMonth(recording.value)))).toEqual(stored);
  });
});
