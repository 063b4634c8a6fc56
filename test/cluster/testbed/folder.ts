import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PREFIX = 'foreshock-testbed-';

/** That of the sources, also when this runs from the build: the pins beside it are not copied. */
const BUILD = fileURLToPath(new URL('./build.mjs', import.meta.url)).replace('/dist/test/', '/test/');

/** Where the built programs are; build.mjs alone knows how their folder is named. */
export const builtPrograms = (): string => {
  const asked = spawnSync(process.execPath, [BUILD, '--where'], { encoding: 'utf8' });
  if (asked.status !== 0) throw new Error(`the test bed is not built: ${asked.stderr.trim()}`);
  return asked.stdout.trim();
};

const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return (problem as NodeJS.ErrnoException).code !== 'ESRCH';
  }
};

/** A temporary folder of this process; first removes what a killed one left behind, since etcd's files are large. */
export const ownFolder = (): string => {
  for (const name of readdirSync(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !runs(Number(owner))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
};
