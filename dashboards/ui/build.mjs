import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const COPIED = ['index.html', 'favicon.svg'];

/** Bundles the page into one script and one style sheet; reads only this repository and node_modules. */
export const buildPage = async (directory = join(here, '../../dist/dashboards/ui')) => {
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: [
      { in: join(here, 'page.ts'), out: 'app' },
      { in: join(here, 'page.css'), out: 'app' },
    ],
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022'],
    legalComments: 'none',
    logLevel: 'warning',
  });
  await Promise.all(COPIED.map((file) => copyFile(join(here, file), join(directory, file))));
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) await buildPage();
