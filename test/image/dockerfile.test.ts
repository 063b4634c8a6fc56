import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../core/names.ts';
import { goldenPath } from '../chart/goldens.ts';
import { objectsOf } from '../chart/helm.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(join(REPOSITORY, name), 'utf8');
const contents = JSON.parse(read('image/contents.json'));

/** Instructions, continued lines joined, comments left out. */
const instructions = read('Dockerfile')
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .join('\n')
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '');
const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
const those = (lines: readonly string[], name: string): readonly string[] =>
  lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

describe('the Dockerfile', () => {
  it('stands on the Node that the tests run on, pinned by its version', () => {
    expect(those(instructions, 'ARG')[0]).toBe(`NODE_IMAGE=node:${contents.node}-${contents.debian}`);
    expect(those(instructions, 'FROM').map((from) => from.replace(/[${}]/g, ''))).toEqual(['NODE_IMAGE AS build', 'NODE_IMAGE']);
    expect(read('.ci/run')).toContain(`NODE24_VERSION=${contents.node}\n`);
  });

  it('ships what image/stage.mjs puts together, and nothing beside it', () => {
    const [mount, ...commands] = those(instructions, 'RUN')[0]?.split(' node ') ?? [];
    expect(mount).toBe('--mount=type=secret,id=npmrc,target=/root/.npmrc');
    expect(commands).toEqual(['setup.mjs &&', 'image/stage.mjs /stage']);
    expect(those(last, 'COPY')).toEqual([`--from=build /stage ${contents.app}`]);
    expect(those(last, 'ADD')).toEqual([]);
  });

  it('starts the agent as image/contents.json says, as a user with a number', () => {
    const entrypoint = JSON.parse(those(last, 'ENTRYPOINT')[0] as string);
    expect(entrypoint).toEqual(contents.entrypoint);
    expect(JSON.parse(those(last, 'CMD')[0] as string)).toEqual(contents.command);
    expect(those(last, 'USER')).toEqual([`${contents.user}:${contents.user}`]);
    expect(last.indexOf(`USER ${contents.user}:${contents.user}`)).toBeGreaterThan(last.findLastIndex((line) => line.startsWith('RUN ')));
    expect(those(last, 'RUN').join()).toContain(`install -d -o ${contents.user} -g ${contents.user} -m 0750 ${contents.data}`);
  });

  it('says what it is', () => {
    const labels = those(last, 'LABEL').join(' ');
    expect(labels).toContain(`org.opencontainers.image.version="${VERSION}"`);
    expect(labels).toContain(`org.opencontainers.image.base.name="docker.io/library/node:${contents.node}-${contents.debian}"`);
    for (const name of ['title', 'description', 'revision', 'licenses']) expect(labels).toContain(`org.opencontainers.image.${name}=`);
  });

  it('and the chart agree on the user, the arguments, the data folder and the ports', () => {
    const agent = objectsOf(readFileSync(goldenPath('default'), 'utf8')).find(({ kind }) => kind === 'StatefulSet');
    const { securityContext, containers } = agent?.spec.template.spec ?? {};
    expect(securityContext.runAsUser).toBe(contents.user);
    expect(containers[0].args).toEqual(contents.command);
    expect(containers[0].volumeMounts).toContainEqual({ name: 'data', mountPath: contents.data });
    const ports = (containers[0].ports as { containerPort: number }[]).map(({ containerPort }) => containerPort);
    expect(those(last, 'EXPOSE')[0]?.split(' ').map(Number).sort()).toEqual(ports.sort());
  });

  it('keeps out of the build what it makes anew', () => {
    const ignored = read('.dockerignore').split('\n');
    for (const folder of ['.git', 'node_modules', 'dist', 'build', 'data']) expect(ignored).toContain(folder);
    for (const { 0: top } of contents.files.map((file: string) => [file.split('/')[0]])) expect(ignored).not.toContain(top);
  });
});
