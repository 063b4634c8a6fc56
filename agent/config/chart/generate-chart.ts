import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { valuesFile, valuesSchemaFile } from './values-file.ts';

/**
 * Writes what the chart takes from elsewhere: values.yaml and values.schema.json, and a copy of the dashboards, because
 * Helm reads no file outside a chart. Run from the root of the repository after a build: npm run configuration, npm run chart
 */
const jsonFilesIn = async (folder: string): Promise<readonly string[]> => {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};

const chart = resolve('charts', 'foreshock');
const source = resolve('dashboards', 'grafana');
const copies = join(chart, 'dashboards');

await writeFile(join(chart, 'values.yaml'), valuesFile());
await writeFile(join(chart, 'values.schema.json'), valuesSchemaFile());
await rm(copies, { recursive: true, force: true });
const dashboards = await jsonFilesIn(source);
if (dashboards.length > 0) await mkdir(copies);
for (const name of dashboards) await copyFile(join(source, name), join(copies, name));
