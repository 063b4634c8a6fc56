import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BenchRow } from './bench.ts';

/** Runs every bench beside this file, or those named, and prints ours beside the rival of the same run. */
const folder = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.bench.js') && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .sort();

const number = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));

console.log(`Foreshock bench, Node ${process.versions.node}, ${cpus().length} cores. Machines are shared and noisy: read the ratios.`);
let missed = 0;
for (const file of files) {
  console.log(`\n${file.replace('.bench.js', '')}`);
  const { run } = (await import(pathToFileURL(join(folder, file)).href)) as { run(): Promise<readonly BenchRow[]> };
  for (const row of await run()) {
    if ('skipped' in row) {
      console.log(`  skipped ${row.name}: ${row.skipped}`);
      continue;
    }
    const rival =
      row.rival === undefined ? '' : `  ${row.rival.name} ${number(row.rival.value)} ${row.unit} (${number(row.ours / row.rival.value)}x)`;
    console.log(`  ${row.met ? 'met   ' : 'MISSED'}  ${row.name}: ${number(row.ours)} ${row.unit}${rival}  [${row.target}]`);
    if (!row.met) missed += 1;
  }
}
console.log(`\n${missed} claims missed`);
process.exit(0);
