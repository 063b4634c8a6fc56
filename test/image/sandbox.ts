/** Runs a command as a container would run it: the image's root file system read-only, a user without a name, its own network. */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const isRoot = process.getuid?.() === 0;

/** Namespaces of an unprivileged user, as bubblewrap makes them; setpriv only to leave root behind. */
export const canRunImages = process.platform === 'linux' && has('bwrap') && (!isRoot || has('setpriv'));

/** A container engine and what makes its base; buildah isolates by chroot, which takes root. */
export const canBuildImages = canRunImages && isRoot && ['buildah', 'umoci', 'mmdebstrap'].every(has);

/** A folder that the user of the container owns, as a volume with its fsGroup would be. */
export const folderOf = (path: string, user: number, files: Readonly<Record<string, string>> = {}): string => {
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  chmodSync(path, 0o755);
  if (isRoot) chownSync(path, user, user);
  return path;
};

export const runInImage = (
  root: string,
  user: number,
  mounts: readonly Mount[],
  command: readonly string[],
): { stdout: string; stderr: string } => {
  const leaveRoot = isRoot ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs'] : [];
  const [program = 'bwrap', ...args] = [
    ...leaveRoot,
    'bwrap',
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--uid', String(user), '--gid', String(user)],
    ...['--ro-bind', root, '/', '--proc', '/proc', '--dev', '/dev'],
    ...mounts.flatMap(({ from, to, readOnly }) => [readOnly ? '--ro-bind' : '--bind', from, to]),
    ...[
      '--clearenv',
      '--setenv',
      'PATH',
      '/usr/local/bin',
      '--setenv',
      'HOME',
      '/',
      '--setenv',
      'NODE_ENV',
      'production',
      '--chdir',
      '/app',
    ],
    ...command,
  ];
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 90_000, killSignal: 'SIGKILL' });
  return { stdout, stderr };
};
