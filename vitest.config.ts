import { defineConfig } from 'vitest/config';

const OUTSIDE = ['**/node_modules/**', '**/dist/**'];

/**
 * unit: beside the code, in parallel. e2e: real processes and servers from the build, four files at a time: they mostly wait.
 * peer: clients in other languages, two weeks of history in a real Prometheus; not part of `npm test`, for their minutes.
 * image: what is shipped, built and run as a container would run it; needs the package registry.
 * demo: the product as a newcomer runs it, alone on the machine, because it measures itself.
 * cluster: on a real Kubernetes API, built from Go (test/cluster); not part of `npm test`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...OUTSIDE, '**/*.e2e.test.ts', '**/*.peer.test.ts', '**/*.image.test.ts', '**/*.demo.test.ts', '**/*.cluster.test.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude: OUTSIDE,
          maxWorkers: 4,
          testTimeout: 120_000,
          hookTimeout: 60_000,
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
