import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { decodeRecording } from '../../../agent/models/recording.ts';
import { sha256Hex } from '../../../core/hash.ts';
import { exampleMonth } from './example-month.ts';

/**
 * Makes the data of the example cost report again, from the recorded days and the simulator. The same recording gives
 * the same rows.
 *   node dist/examples/fintech/cost/derive.js
 */
const beside = (path: string): string => fileURLToPath(new URL(`../../../../examples/fintech/${path}`, import.meta.url));

const recording = decodeRecording(readFileSync(beside('recording/days.json.gz')));
if (!recording.ok) throw new Error(recording.error.message);
const bytes = gzipSync(JSON.stringify(exampleMonth(recording.value)), { level: 9 });
const output = beside('cost/allocation.json.gz');
writeFileSync(output, bytes);
process.stdout.write(`${output}: ${bytes.length} bytes, sha256 ${sha256Hex(bytes)}\n`);
