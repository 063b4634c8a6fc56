// A registry mirror may lack optional binaries of other platforms; npm then leaves them out of the lock and
// refuses that lock in `npm ci`. This adds the missing optional entries (version, os, cpu; no integrity), so
// that one lock serves Linux, macOS and Windows. Run it after every change of a dependency.
//   node .ci/complete-lock.mjs           completes package-lock.json
//   node .ci/complete-lock.mjs --check   exits 1 when something is missing
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));

const SYSTEMS = ['linux', 'darwin', 'win32', 'android', 'freebsd', 'openbsd', 'netbsd', 'sunos', 'aix', 'openharmony'];
const PROCESSORS = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

const platformOf = (name) => {
  const words = name.split('/').pop().split(/[-.]/);
  const os = SYSTEMS.filter((system) => words.includes(system) || (system === 'win32' && words.includes('windows')));
  const cpu = PROCESSORS.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : words.some((word) => word.startsWith('gnu')) ? ['glibc'] : [];
  return { ...(os.length ? { os } : {}), ...(cpu.length ? { cpu } : {}), ...(libc.length ? { libc } : {}) };
};

const missing = [];
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place ? `${place}/` : ''}node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (lock.packages[nested] || lock.packages[top]) continue;
    missing.push(name);
    lock.packages[top] = {
      version: range.replace(/^[\^~]/, ''),
      ...platformOf(name),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
    };
  }
}

if (process.argv.includes('--check')) {
  if (missing.length > 0) {
    console.error(`package-lock.json lacks ${missing.length} optional packages, for example ${missing[0]}: run node .ci/complete-lock.mjs`);
    process.exit(1);
  }
} else {
  const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  console.log(`package-lock.json: ${missing.length} optional packages added`);
}
