// The image by a container engine, from the Dockerfile as it is, where no registry is in reach: buildah, on a base that is
// put together under the name the Dockerfile asks for (Debian's packages by mmdebstrap, Node and npm from npm's). It ends as
// an OCI layout that umoci unpacks: FOLDER/oci, and FOLDER/bundle/rootfs with FOLDER/bundle/config.json.
//   node image/engine.mjs FOLDER     as root: buildah isolates by chroot
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, nodeOfTheImage, npmOfTheImage } from './node.mjs';
import { contents } from './stage.mjs';

const source = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = resolve(process.argv[2] ?? 'build/engine');
const BASE = `docker.io/library/node:${contents.node}-${contents.debian}`;

const run = (program, ...args) => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args[0]} failed (${status ?? error}):\n${stdout}\n${stderr}`);
  return stdout.trim();
};

/** Storage of its own: nothing is left in that of the machine, and no image of it is taken for ours. */
const buildah = (...args) =>
  run('buildah', '--root', join(target, 'storage'), '--runroot', join(target, 'run'), '--storage-driver', 'vfs', ...args);

/** Debian as small as the base has it; packed, and kept in the cache. */
const debian = () => {
  const suite = contents.debian.replace('-slim', '');
  const path = join(cacheFolder, `debian-${suite}-${process.arch}.tar`);
  if (existsSync(path)) return path;
  mkdirSync(cacheFolder, { recursive: true });
  const made = `${path}.${process.pid}.tar`;
  run('mmdebstrap', '--variant=minbase', suite, made);
  renameSync(made, path);
  return path;
};

/** What the official image of Node adds to Debian, as far as the Dockerfile can see it. */
const nodeFolder = () => {
  const folder = mkdtempSync(join(target, 'node-'));
  const bin = join(folder, 'usr/local/bin');
  const modules = join(folder, 'usr/local/lib/node_modules');
  mkdirSync(bin, { recursive: true });
  copyFileSync(nodeOfTheImage(), join(bin, 'node'));
  cpSync(npmOfTheImage(), join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  return folder;
};

const makeBase = () => {
  const container = buildah('from', '--isolation', 'chroot', 'scratch');
  buildah('add', container, debian(), '/');
  buildah('copy', container, nodeFolder(), '/');
  buildah('config', '--env', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', '--cmd', 'node', container);
  buildah('commit', '--rm', container, BASE);
};

/** How npm reaches its registry from here: its address, and the certificates this machine adds to those of Node. */
const npmSettings = () => {
  const path = join(target, 'npmrc');
  const added = process.env.NODE_EXTRA_CA_CERTS ?? '';
  const certificates =
    added === '' ? [] : (readFileSync(added, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
  const lines = [`registry=${run('npm', 'config', 'get', 'registry')}`, ...certificates.map((one) => `ca[]=${JSON.stringify(one)}`)];
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
};

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
makeBase();
const settings = ['--isolation', 'chroot', '--pull=never', '--secret', `id=npmrc,src=${npmSettings()}`];
buildah('bud', ...settings, '--tag', 'foreshock', '--file', join(source, 'Dockerfile'), source);
buildah('push', 'foreshock', `oci:${join(target, 'oci')}:foreshock`);
run('umoci', 'unpack', '--image', `${join(target, 'oci')}:foreshock`, join(target, 'bundle'));
for (const folder of ['storage', 'run']) rmSync(join(target, folder), { recursive: true, force: true });
process.stdout.write(`${join(target, 'bundle', 'rootfs')}\n`);
