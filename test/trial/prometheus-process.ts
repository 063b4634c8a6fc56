/** Debian's Prometheus on a history of ours. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const here = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
export const isPrometheusHere = (): boolean => here('prometheus') && here('promtool');

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Turns OpenMetrics text into blocks of a new database below `folder`. */
export const backfill = (folder: string, text: Iterable<string>): string => {
  const input = join(folder, 'history.txt');
  const database = join(folder, 'tsdb');
  mkdirSync(database, { recursive: true });
  const file = openSync(input, 'w');
  for (const piece of text) writeSync(file, piece);
  closeSync(file);
  // One pass over the text a block: few large blocks instead of one for each two hours.
  const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=1000h', input, database], {
    encoding: 'utf8',
  });
  rmSync(input);
  if (made.status !== 0) throw new Error(`promtool: ${made.stderr}`);
  return database;
};

export interface PrometheusProcess {
  readonly url: string;
  stop(): Promise<void>;
}

export const startPrometheus = async (folder: string, database: string): Promise<PrometheusProcess> => {
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, 'global: {}\n');
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${database}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    const isReady = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) break;
    if (child.exitCode !== null || Date.now() > giveUpAt) throw new Error('prometheus did not start');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
};
