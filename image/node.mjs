// The Node of the image, and the npm that comes with it, from npm's packages of the same versions.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { contents } from './stage.mjs';

export const cacheFolder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'foreshock');

/** The folder of a package, kept in the cache. */
const kept = (folder, name, version) => {
  const prefix = join(cacheFolder, folder);
  const path = join(prefix, 'node_modules', name);
  if (!existsSync(path)) {
    mkdirSync(prefix, { recursive: true });
    const args = ['install', '--prefix', prefix, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return path;
};

/** FORESHOCK_NODE24, or npm's package of the same version. */
export const nodeOfTheImage = () => {
  const named = process.env.FORESHOCK_NODE24 ?? '';
  const path = named === '' ? join(kept(`node-${contents.node}`, `node-linux-${process.arch}`, contents.node), 'bin', 'node') : named;
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  if (version !== `v${contents.node}`) throw new Error(`${path} is Node ${version}; image/contents.json says ${contents.node}`);
  return path;
};

/** The folder of the npm that this Node is published with. */
export const npmOfTheImage = () => kept(`npm-${contents.npm}`, 'npm', contents.npm);
