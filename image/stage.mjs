// Puts together the folder that becomes /app of the image: what runs, its production dependencies, and the list of
// them (CycloneDX). The Dockerfile and image/root.mjs both call it, so both hold the same.
//   node setup.mjs && node image/stage.mjs FOLDER
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '..');
export const contents = JSON.parse(readFileSync(join(source, 'image', 'contents.json'), 'utf8'));

/** Half of what packages carry: types, and maps back to their sources. */
const ONLY_FOR_DEVELOPERS = /\.(d\.[mc]?ts|[mc]?js\.map|d\.[mc]?ts\.map)$/;

const npm = (folder, ...args) => {
  const result = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) throw new Error(`npm ${args[0]} failed: ${result.stderr || result.error}`);
  return result.stdout;
};

const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });

const copy = (place, target) => {
  mkdirSync(dirname(join(target, place)), { recursive: true });
  copyFileSync(join(source, place), join(target, place));
};

/** Libraries that are no folder any more, but part of the page's one script. */
const bundledInThePage = (name) => {
  const { version, license } = JSON.parse(readFileSync(join(source, 'node_modules', name, 'package.json'), 'utf8'));
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    licenses: [{ license: { id: license } }],
  };
};

export const stage = (target) => {
  const leftOut = new RegExp(contents.leftOut);
  rmSync(target, { recursive: true, force: true });
  for (const folder of contents.folders) {
    if (!existsSync(join(source, folder))) throw new Error(`${folder} is not there: run node setup.mjs first`);
    for (const path of filesUnder(join(source, folder))) {
      const place = path.slice(source.length + 1);
      if (!leftOut.test(place)) copy(place, target);
    }
  }
  for (const file of contents.files) copy(file, target);
  npm(target, 'ci', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error');
  // What is installed is the whole truth from here on: tools of development and the lock that names them do not ship.
  const { devDependencies: _, scripts: __, ...shipped } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
  rmSync(join(target, 'package-lock.json'));
  const bill = JSON.parse(npm(target, 'sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--omit=dev'));
  // npm names it after the folder.
  bill.metadata.component.name = shipped.name;
  bill.components.push(...contents.bundled.map(bundledInThePage));
  writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
  for (const path of filesUnder(join(target, 'node_modules'))) if (ONLY_FOR_DEVELOPERS.test(path)) rmSync(path);
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const [target] = process.argv.slice(2);
  if (target === undefined) {
    process.stderr.write('usage: node image/stage.mjs FOLDER\n');
    process.exit(64);
  }
  stage(resolve(target));
}
