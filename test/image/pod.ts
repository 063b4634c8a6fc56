/** A root file system of the image under the pod exactly as the chart describes it: its configuration, arguments, mounts and user. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goldenPath } from '../chart/goldens.ts';
import { objectsOf } from '../chart/helm.ts';
import { folderOf, type Mount, runInImage } from './sandbox.ts';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
export const contents = JSON.parse(readFileSync(join(REPOSITORY, 'image/contents.json'), 'utf8'));

/** What probe.mjs saw of an agent that is well, but for what differs from run to run. */
export const WELL = {
  event: 'probed',
  node: `v${contents.node}`,
  uid: contents.user,
  healthz: 200,
  readyz: 200,
  page: 200,
  stateWithoutToken: 401,
  stateWithToken: 200,
  capabilities: '0000000000000000',
  writeToApp: 'EROFS',
  writeToEtc: 'EROFS',
  writeToUsr: 'EROFS',
  exitCode: 0,
  filesInTmp: 0,
};

export interface Probed {
  readonly seen: object;
  readonly filesInData: number;
  readonly anonymousMegabytes: number;
  readonly acceptedPoints: number;
}

/** Volumes are made in the folder. */
export const probeUnderThePod = (root: string, folder: string): Probed => {
  const objects = objectsOf(readFileSync(goldenPath('minimal'), 'utf8'));
  const pod = objects.find(({ kind }) => kind === 'StatefulSet')?.spec.template.spec;
  const [container] = pod.containers;
  const config = objects.find(({ kind, data }) => kind === 'ConfigMap' && data['foreshock.yaml'] !== undefined)?.data;
  const user = pod.securityContext.runAsUser as number;
  const volumes: Readonly<Record<string, string>> = {
    data: folderOf(join(folder, 'data'), user),
    tmp: folderOf(join(folder, 'tmp'), user),
    config: folderOf(join(folder, 'config'), user, config),
    secrets: folderOf(join(folder, 'secrets'), user, { token: 'a-token-for-this-test-alone' }),
  };
  const mounts = (container.volumeMounts as { name: string; mountPath: string; readOnly?: boolean }[]).map(
    ({ name, mountPath, readOnly }): Mount => ({ from: volumes[name] as string, to: mountPath, readOnly: readOnly === true }),
  );
  // As a container runtime does: the places of mounts are made before the root becomes read-only.
  for (const { to } of mounts) mkdirSync(join(root, to), { recursive: true });
  const probe: Mount = { from: join(REPOSITORY, 'test/image/probe.mjs'), to: '/dev/probe.mjs', readOnly: true };
  const command = JSON.stringify([...contents.entrypoint, ...container.args]);
  const { stdout, stderr } = runInImage(root, user, [...mounts, probe], ['node', '/dev/probe.mjs', command]);
  const last = stdout.trim().split('\n').at(-1) ?? '';
  if (!last.includes('"event":"probed"')) throw new Error(`the probe told nothing:\n${stdout}\n${stderr}`);
  const { filesInData, anonymousMegabytes, acceptedPoints, ...seen } = JSON.parse(last);
  return { seen, filesInData, anonymousMegabytes, acceptedPoints };
};
