// Everything a command needs before it can run, with no dependency of its own: installs when the lock has
// changed, compiles TypeScript, bundles the web page. A second run with nothing changed takes a moment.
//   node setup.mjs
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'foreshock');
const quiet = process.env.FORESHOCK_SETUP_QUIET === '1';
const say = (text) => {
  if (!quiet) process.stderr.write(`${text}\n`);
};

const SOURCES = ['core', 'collectors', 'detectors', 'scaler', 'agent', 'dashboards', 'examples', 'bench', 'test'];
/** Files that the built code reads at run time, copied beside it. */
const COPIED = /\.(mjs|proto|json|yaml|gz|ndjson|html|css)$/;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  say(`Foreshock needs Node >= 20.20; this is ${process.versions.node}.`);
  process.exit(1);
}

const hashOf = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const run = (what, command, args) => {
  const started = Date.now();
  say(`  ${what} ...`);
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write(
      `${result.stdout ?? ''}${result.stderr ?? ''}\n${what} failed (exit ${result.status ?? result.signal ?? result.error})\n`,
    );
    process.exit(1);
  }
  say(`  ${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
};

const filesUnder = (folder) => {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesUnder(path);
    return [path];
  });
};

const install = () => {
  const marker = join(root, 'node_modules', '.foreshock-lock');
  const lock = hashOf(read(join(root, 'package-lock.json')), process.versions.node, process.platform, process.arch);
  if (read(marker) === lock) return;
  // No install script of any dependency is needed, so none is run.
  run('installing dependencies', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(marker, lock);
};

const build = () => {
  const files = SOURCES.flatMap((folder) => filesUnder(join(root, folder)))
    .concat([join(root, 'tsconfig.json'), join(root, 'package-lock.json'), join(root, 'setup.mjs')])
    .sort();
  const stamp = hashOf(...files.flatMap((path) => [relative(root, path), readFileSync(path)]), process.versions.node);
  const marker = join(cache, 'built');
  const dist = join(root, 'dist');
  if (read(marker) === stamp && existsSync(dist)) return;
  mkdirSync(cache, { recursive: true });
  if (!existsSync(dist)) rmSync(join(cache, 'tsbuildinfo'), { force: true });
  run('compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']);
  for (const path of files) {
    const place = relative(root, path);
    if (!SOURCES.includes(place.split(/[\\/]/)[0]) || !COPIED.test(place)) continue;
    const target = join(dist, place);
    mkdirSync(dirname(target), { recursive: true });
    if (!existsSync(target) || statSync(target).mtimeMs < statSync(path).mtimeMs) cpSync(path, target);
  }
  if (existsSync(join(root, 'dashboards', 'ui', 'build.mjs'))) run('bundling the page', process.execPath, ['dashboards/ui/build.mjs']);
  writeFileSync(marker, stamp);
};

say('Foreshock set-up');
install();
build();
