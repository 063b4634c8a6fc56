import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../core/names.ts';
import { contents, probeUnderThePod, REPOSITORY, WELL } from './pod.ts';
import { canBuildImages } from './sandbox.ts';

const FIFTEEN_MINUTES_MS = 900_000;

let folder = '';
const inRoot = (...path: readonly string[]): string => join(folder, 'image', 'bundle', 'rootfs', ...path);

const run = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: REPOSITORY, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

const filesUnder = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length))
    .sort();

describe.skipIf(!canBuildImages)('the image, built from the Dockerfile by an engine (buildah, umoci, mmdebstrap; as root)', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-engine-'));
    chmodSync(folder, 0o755);
    run('image/engine.mjs', join(folder, 'image'));
    // umoci lets nobody but root in.
    chmodSync(join(folder, 'image', 'bundle'), 0o755);
  }, FIFTEEN_MINUTES_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs under the pod of the chart: answers its probes, takes an export, and writes nowhere but to its volume', () => {
    const { seen, filesInData, acceptedPoints } = probeUnderThePod(inRoot(), folder);
    expect(seen).toEqual(WELL);
    expect(acceptedPoints).toBeGreaterThanOrEqual(1);
    expect(filesInData).toBeGreaterThan(3);
  });

  it('starts the agent as its own user, and says what it is', () => {
    const { process: started, annotations } = JSON.parse(readFileSync(join(folder, 'image', 'bundle', 'config.json'), 'utf8'));
    expect(started.args).toEqual([...contents.entrypoint, ...contents.command]);
    expect(started.user).toMatchObject({ uid: contents.user, gid: contents.user });
    expect(started.cwd).toBe(contents.app);
    expect((started.env as string[]).filter((line) => !/^(PATH|TERM|HOME)=/.test(line))).toEqual(['NODE_ENV=production']);
    expect(annotations).toMatchObject({ 'org.opencontainers.image.title': 'foreshock', 'org.opencontainers.image.version': VERSION });
    const { uid, gid, mode } = statSync(inRoot(contents.data));
    expect([uid, gid, mode & 0o777]).toEqual([contents.user, contents.user, 0o750]);
  });

  it('holds no npm, no sources, and nothing of how npm reached its registry', () => {
    const gone = ['usr/local/lib/node_modules', 'usr/local/bin/npm', 'usr/local/bin/npx', 'source', 'stage', 'root/.npmrc', 'root/.npm'];
    expect(gone.filter((path) => existsSync(inRoot(path)))).toEqual([]);
  });

  it('holds under /app, byte for byte, what image/stage.mjs puts together outside of an engine', () => {
    const staged = join(folder, 'stage');
    run('image/stage.mjs', staged);
    const built = inRoot(contents.app);
    expect(filesUnder(built)).toEqual(filesUnder(staged));
    // A list of dependencies carries the time of its making; how npm notes what it installed follows from its version.
    const differ = ['/sbom.cdx.json', '/node_modules/.package-lock.json'];
    const same = filesUnder(staged).filter((path) => !differ.includes(path));
    expect(same.filter((path) => !readFileSync(join(built, path)).equals(readFileSync(join(staged, path))))).toEqual([]);
  });
});
