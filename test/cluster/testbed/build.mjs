// Builds the programs of the test bed from the pinned Go modules beside this file, once per set of pins, into
// ~/.cache/foreshock/testbed-<hash>/bin. No container engine, no root.
//   node test/cluster/testbed/build.mjs [program ...]    all of them, or only those named
//   node test/cluster/testbed/build.mjs --where          prints the folder; fails when a program is missing
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

// Clients and Helm read the server's version, which a build outside the project's own scripts leaves at v0.0.0.
const kubernetesVersion = (version) => {
  const [major, minor] = version.slice(1).split('.');
  return Object.entries({ gitVersion: version, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
};
const helmVersion = (version) => `-X helm.sh/helm/v4/internal/version.version=${version}`;

const PROGRAMS = [
  { name: 'helm', pins: 'helm', module: 'helm.sh/helm/v4', command: 'helm.sh/helm/v4/cmd/helm', stamp: helmVersion },
  { name: 'etcd', pins: 'kubernetes', module: 'go.etcd.io/etcd/server/v3', command: 'go.etcd.io/etcd/server/v3' },
  ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => ({
    name,
    pins: 'kubernetes',
    module: 'k8s.io/kubernetes',
    command: `k8s.io/kubernetes/cmd/${name}`,
    stamp: kubernetesVersion,
  })),
  { name: 'kwok', pins: 'kwok', module: 'sigs.k8s.io/kwok', command: 'sigs.k8s.io/kwok/cmd/kwok' },
];

// How kwok moves nodes, pods and volume claims from one state to the next, as its own module ships it.
const STAGES = { name: 'stages.yaml', pins: 'kwok', module: 'sigs.k8s.io/kwok' };
const STAGE_FOLDERS = ['node/fast', 'node/heartbeat-with-lease', 'pod/general', 'volume/fast'];

const BUILD_FLAGS = ['-buildvcs=false', '-trimpath'];
const LINK_FLAGS = '-s -w';

const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

const goCommand = () => {
  const inPath = spawnSync('go', ['version'], { stdio: 'ignore' });
  if (inPath.status === 0) return 'go';
  const usual = join(process.env.GOROOT ?? '/usr/local/go', 'bin', 'go');
  if (existsSync(usual)) return usual;
  const [, needed] = /^go (\S+)$/m.exec(readFileSync(join(here, 'kubernetes', 'go.mod'), 'utf8'));
  return fail(
    `the cluster tests need Go >= ${needed} to build a Kubernetes API: no "go" in PATH, none at ${usual}.\n` +
      'Install it (https://go.dev/doc/install) or set GOROOT, then run again.',
  );
};

const go = goCommand();
const environment = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };

const ask = (pins, ...args) => {
  const result = spawnSync(go, args, { cwd: join(here, pins), env: environment, encoding: 'utf8' });
  if (result.status !== 0) fail(`go ${args.join(' ')} failed in ${join(here, pins)}:\n${result.stderr}`);
  return result.stdout.trim();
};

const place = () => {
  const hash = createHash('sha256');
  for (const pins of ['helm', 'kubernetes', 'kwok']) {
    for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(here, pins, file)));
  }
  const stamped = PROGRAMS.map(({ name, command, stamp }) => [name, command, stamp?.('v0.0.0')]);
  hash.update(JSON.stringify([stamped, STAGE_FOLDERS, BUILD_FLAGS, LINK_FLAGS]));
  hash.update(ask('kubernetes', 'env', 'GOVERSION', 'GOOS', 'GOARCH'));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'foreshock', `testbed-${hash.digest('hex').slice(0, 12)}`, 'bin');
};

const version = ({ pins, module }) => ask(pins, 'list', '-m', '-f', '{{.Version}}', module);

const compile = (program, output) => {
  const stamp = program.stamp?.(version(program)) ?? '';
  const args = ['build', ...BUILD_FLAGS, '-ldflags', `${LINK_FLAGS} ${stamp}`, '-o', output, program.command];
  const result = spawnSync(go, args, { cwd: join(here, program.pins), env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) fail(`building ${program.name} failed (${result.signal ?? `exit ${result.status}`})`);
};

const collectStages = (output) => {
  ask(STAGES.pins, 'mod', 'download', STAGES.module);
  const folder = ask(STAGES.pins, 'list', '-m', '-f', '{{.Dir}}', STAGES.module);
  const documents = STAGE_FOLDERS.flatMap((stages) =>
    readdirSync(join(folder, 'kustomize', 'stage', stages))
      .sort()
      .map((file) => join(folder, 'kustomize', 'stage', stages, file))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFileSync(file, 'utf8'))
      .filter((text) => /^kind: Stage$/m.test(text)),
  );
  if (documents.length < 10) fail(`only ${documents.length} stages in ${folder}: the module is not laid out as expected`);
  writeFileSync(output, documents.join('---\n'));
};

const wanted = process.argv.slice(2).filter((argument) => argument !== '--where');
const unknown = wanted.filter((name) => !PROGRAMS.some((program) => program.name === name));
if (unknown.length > 0) fail(`no such program: ${unknown.join(', ')}. There are ${PROGRAMS.map(({ name }) => name).join(', ')}.`);

const bin = place();
const make = [...PROGRAMS, STAGES].filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const missing = make.filter(({ name }) => !existsSync(join(bin, name)));

if (process.argv.includes('--where')) {
  if (missing.length > 0) fail(`not built: ${missing.map(({ name }) => name).join(', ')}. Run: node test/cluster/testbed/build.mjs`);
  console.log(bin);
  process.exit(0);
}

if (missing.length > 0) mkdirSync(bin, { recursive: true });
for (const [index, item] of missing.entries()) {
  const started = Date.now();
  process.stderr.write(`  ${item.name} ${version(item)} (${index + 1} of ${missing.length}) ...\n`);
  // Beside its final place, so that the rename is atomic: a build that was stopped leaves no half program.
  const unfinished = mkdtempSync(join(dirname(bin), 'unfinished-'));
  process.on('exit', () => rmSync(unfinished, { recursive: true, force: true }));
  const output = join(unfinished, item.name);
  if (item === STAGES) collectStages(output);
  else compile(item, output);
  renameSync(output, join(bin, item.name));
  process.stderr.write(`  ${item.name}: ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
process.stderr.write(`Test bed: ${bin}\n`);
