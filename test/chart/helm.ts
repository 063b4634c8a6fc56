/** The real helm, asked for what it would install. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const CHART = fileURLToPath(new URL('../../charts/foreshock/', import.meta.url)).replace('/dist/charts/', '/charts/');
export const RELEASE = 'foreshock';
export const NAMESPACE = 'observability';

export const DASHBOARDS = fileURLToPath(new URL('../../dashboards/grafana/', import.meta.url));

/** Names of the JSON files of a folder; of one that is not there, none. */
export const jsonIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch {
    return [];
  }
};

/** Of a Kubernetes object only what all of them have; tests look further by themselves. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: manifests of a dozen kinds, read in tests only
  readonly [field: string]: any;
}

/** Where the test bed has it once it is built; asked of the sources, whose hash names the folder. */
const inTestbed = (): string => {
  const build = join(CHART, '..', '..', 'test', 'cluster', 'testbed', 'build.mjs');
  const asked = spawnSync(process.execPath, [build, '--where'], { encoding: 'utf8' });
  return asked.status === 0 ? join(asked.stdout.trim(), 'helm') : '';
};

const onPath = (): readonly string[] => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'helm'));

/** FORESHOCK_HELM, that of the test bed, or the first on the path. */
export const HELM = [process.env.FORESHOCK_HELM ?? '', inTestbed(), ...onPath()].find((path) => path !== '' && existsSync(path));

export interface HelmAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export const helm = (...args: readonly string[]): HelmAnswer => {
  const { status, stdout, stderr } = spawnSync(HELM ?? 'helm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { ok: status === 0, stdout, stderr };
};

export const template = (...args: readonly string[]): HelmAnswer =>
  helm('template', RELEASE, CHART, '--namespace', NAMESPACE, '--api-versions', 'monitoring.coreos.com/v1', ...args);

/** Every file of values the chart is held to, by its name. */
export const VALUES_FILES: readonly (readonly [name: string, path: string])[] = readdirSync(join(CHART, 'ci'))
  .filter((name) => name.endsWith('-values.yaml'))
  .sort()
  .map((name) => [basename(name, '-values.yaml'), join(CHART, 'ci', name)]);

export const objectsOf = (manifest: string): readonly KubernetesObject[] =>
  parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);

export const render = (...args: readonly string[]): string => {
  const { ok, stdout, stderr } = template(...args);
  if (!ok) throw new Error(stderr);
  return stdout;
};
