// The root file system of the image without a container engine: what image/stage.mjs puts together, the Node of the
// image from npm, and the libraries both link to, from this Debian. Tests run it in a namespace; beside it lies the list of
// dependencies, as a release carries it. docs/decisions/0014-the-image-is-run-without-a-registry.md says why.
//   npm run image [-- FOLDER]
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { nodeOfTheImage } from './node.mjs';
import { contents, stage } from './stage.mjs';

const target = resolve(process.argv[2] ?? 'build/image');
const root = join(target, 'root');

const nativeModulesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.node'))
    .map((entry) => join(entry.parentPath, entry.name));

/** Absolute paths of what the dynamic linker loads for a file; none for one of another C library. */
const librariesOf = (file) => {
  const { status, stdout } = spawnSync('ldd', [file], { encoding: 'utf8' });
  return status === 0 ? [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path) : [];
};

const place = (from, to) => {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  copyFileSync(from, join(root, to));
};

rmSync(target, { recursive: true, force: true });
stage(join(root, contents.app));

const node = nodeOfTheImage();
place(node, '/usr/local/bin/node');
const linked = [node, ...nativeModulesUnder(join(root, contents.app, 'node_modules'))].flatMap(librariesOf);
for (const library of new Set(linked)) place(library, library);

// As in the base image, the user of the agent has a number and no name.
mkdirSync(join(root, 'etc'), { recursive: true });
writeFileSync(
  join(root, 'etc/passwd'),
  'root:x:0:0:root:/root:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
);
writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
writeFileSync(join(root, 'etc/nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
for (const folder of ['proc', 'dev', 'tmp', contents.data]) mkdirSync(join(root, folder), { recursive: true });

const { version } = JSON.parse(readFileSync(join(root, contents.app, 'package.json'), 'utf8'));
copyFileSync(join(root, contents.app, 'sbom.cdx.json'), join(target, `foreshock-${version}.cdx.json`));
process.stdout.write(`${root}\n`);
