import { defineConfig } from 'vitest/config';

const OUTSIDE = ['**/node_modules/**', '**/dist/**'];
const OTHER_PROJECTS = ['e2e', 'long', 'peer', 'image', 'engine', 'demo', 'cluster'];

/**
 * unit: beside the code, in parallel; files share a process, so no module keeps state that a test could change.
 * e2e: real processes and servers from the build, five files at a time, beside the unit tests: they mostly wait.
 * long: seeded noise of weeks, whole stories lived again and again, stored data made anew; not part of `npm test`, for their minutes.
 * peer: clients in other languages, the chart rendered by helm, two weeks of history in a real Prometheus; not part of `npm test`.
 * image: what is shipped, built and run as a container would run it; needs the package registry.
 * engine: the Dockerfile built by buildah on a base of Debian's packages; as root, with their mirror; by hand when it changes.
 * demo: the product as a newcomer runs it, alone on the machine, because it measures itself.
 * cluster: on a real Kubernetes API, built from Go (test/cluster); not part of `npm test`.
 */
export default defineConfig({
  test: {
    // What TypeScript was turned into is kept under node_modules: a tenth of the time of the unit tests.
    experimental: { fsModuleCache: true },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...OUTSIDE, ...OTHER_PROJECTS.map((name) => `**/*.${name}.test.ts`)],
          isolate: false,
          // Files are dealt out beforehand: three hands even out what two would end apart.
          maxWorkers: 3,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: OUTSIDE,
          maxWorkers: 5,
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['**/*.long.test.ts'],
          exclude: OUTSIDE,
          maxWorkers: 2,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'peer',
          include: ['**/*.peer.test.ts'],
          exclude: OUTSIDE,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'image',
          include: ['**/*.image.test.ts'],
          exclude: OUTSIDE,
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['**/*.engine.test.ts'],
          exclude: OUTSIDE,
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'demo',
          include: ['**/*.demo.test.ts'],
          exclude: OUTSIDE,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['**/*.cluster.test.ts'],
          exclude: OUTSIDE,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
