import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PrometheusProcess {
  readonly url: string;
  stop(): Promise<void>;
}

export const prometheusIsHere = spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0;

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** A real Prometheus that scrapes `target` (host:port) every second as the job foreshock, with the token in the file where one is asked for. */
export const startPrometheus = async (target: string, tokenFile?: string): Promise<PrometheusProcess> => {
  const folder = mkdtempSync(join(tmpdir(), 'foreshock-prometheus-'));
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  const authorization = tokenFile === undefined ? '' : `    authorization: { credentials_file: '${tokenFile}' }\n`;
  writeFileSync(
    config,
    `global: { scrape_interval: 1s, evaluation_interval: 1s }\nscrape_configs:\n  - job_name: foreshock\n${authorization}    static_configs: [{ targets: ['${target}'] }]\n`,
  );
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'tsdb')}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
