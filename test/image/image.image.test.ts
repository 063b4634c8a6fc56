import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../core/names.ts';
import { contents, probeUnderThePod, REPOSITORY, WELL } from './pod.ts';
import { canRunImages } from './sandbox.ts';

let folder = '';
const inRoot = (...path: readonly string[]): string => join(folder, 'root', ...path);
const filesUnder = (path: string): readonly string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.skipIf(!canRunImages)('the root file system of the image, built without a container engine (bubblewrap)', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'foreshock-image-'));
    chmodSync(folder, 0o755);
    const built = spawnSync(process.execPath, ['image/root.mjs', folder], { cwd: REPOSITORY, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs under the pod of the chart: answers its probes, takes an export, and writes nowhere but to its volume', () => {
    const { seen, filesInData, anonymousMegabytes, acceptedPoints } = probeUnderThePod(inRoot(), folder);
    expect(seen).toEqual(WELL);
    expect(acceptedPoints).toBeGreaterThanOrEqual(1);
    expect(filesInData).toBeGreaterThan(3);
    expect(anonymousMegabytes).toBeLessThan(512);
  });

  it('holds no tests, no sources and no tools of development', () => {
    const names = filesUnder(inRoot('app', 'dist')).map((path) => path.slice(inRoot('app').length));
    expect(names.filter((name) => /\.(test|e2e|bench|fixture)\.|\.ts$|^\/dist\/(test|bench)\//.test(name))).toEqual([]);
    for (const tool of ['typescript', 'vitest', '@biomejs', 'playwright-core', 'esbuild'])
      expect(existsSync(inRoot('app/node_modules', tool))).toBe(false);
  });

  it('holds everything it imports', () => {
    const missing = new Set<string>();
    for (const path of filesUnder(inRoot('app', 'dist')).filter((name) => name.endsWith('.js') && !name.endsWith('ui/app.js'))) {
      for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(/(?:^|[\s;}])(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g)) {
        if (specifier.startsWith('.')) {
          if (!existsSync(join(path, '..', specifier))) missing.add(`${path}: ${specifier}`);
          continue;
        }
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        if (name.startsWith('node:') || builtinModules.includes(name)) continue;
        if (!existsSync(inRoot('app/node_modules', name))) missing.add(`${path}: ${specifier}`);
      }
    }
    expect([...missing]).toEqual([]);
  });

  it('names every library that is bundled into the page', () => {
    const used = filesUnder(join(REPOSITORY, 'dashboards/ui'))
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
      .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/from '([a-z][^'/]*)/g)].map(([, name]) => name));
    expect([...new Set(used)].sort()).toEqual(contents.bundled);
  });

  it('lists in CycloneDX what is installed or bundled, and nothing else', () => {
    const bill = JSON.parse(readFileSync(join(folder, `foreshock-${VERSION}.cdx.json`), 'utf8'));
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.5',
      metadata: { component: { name: 'foreshock', version: VERSION } },
    });
    expect(readFileSync(inRoot('app/sbom.cdx.json'), 'utf8')).toBe(readFileSync(join(folder, `foreshock-${VERSION}.cdx.json`), 'utf8'));
    const lock = JSON.parse(readFileSync(inRoot('app/node_modules/.package-lock.json'), 'utf8')) as {
      packages: Record<string, { version: string; name?: string }>;
    };
    const installed = Object.entries(lock.packages).map(
      ([path, { name, version }]) => `${name ?? path.split('node_modules/').at(-1)}@${version}`,
    );
    const components = bill.components as { name: string; version: string; purl: string; licenses?: unknown[] }[];
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    const bundled = (contents.bundled as readonly string[]).map((name) => {
      const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'node_modules', name, 'package.json'), 'utf8'));
      return `${name}@${version}`;
    });
    expect([...new Set(listed)].sort()).toEqual([...new Set([...installed, ...bundled])].sort());
    for (const { purl } of components) expect(purl).toMatch(/^pkg:npm\//);
    const { dependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    for (const [name, version] of Object.entries(dependencies)) expect(listed).toContain(`${name}@${version}`);
  });
});
