import type { Server } from 'node:http';
import { parseArgs } from 'node:util';
import type { Clock } from '../../../core/clock.ts';
import { systemClock } from '../../../core/system-clock.ts';
import { createAdmin } from './admin.ts';
import { type HostConfig, readHostConfig } from './host-config.ts';
import { startIngressTelemetry } from './ingress-telemetry.ts';
import { createProxy } from './proxy.ts';
import { createSupervisor, type HostEvent } from './supervisor.ts';
import { createTrafficCounters } from './traffic-counters.ts';

const PARENT_POLL_MS = 500;

/** One JSON object a line on standard output; "listening" carries the ports. What replicas print goes to standard error. */
const tell = (event: HostEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM means that it exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};

const run = async (config: HostConfig, clock: Clock): Promise<void> => {
  const supervisor = createSupervisor(config, clock, tell);
  const traffic = createTrafficCounters(clock.now());
  const proxy = createProxy(config, supervisor.replicas, traffic, clock);
  const admin = createAdmin(supervisor, traffic, clock);
  const telemetry = config.telemetry === undefined ? undefined : startIngressTelemetry(config.telemetry, traffic);

  let stopping = false;
  const stop = async (because: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    tell({ event: 'stopping', because });
    proxy.close();
    admin.close();
    await Promise.all([supervisor.stop(config.drainMs), telemetry?.shutdown()]);
    process.exit(0);
  };
  // Whatever ends this process, no replica stays behind without an owner.
  process.once('exit', () => supervisor.killAll());
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));

  const proxyPort = await listen(proxy, config.listenHost, config.proxyPort);
  const adminPort = await listen(admin, config.listenHost, config.adminPort);
  supervisor.start();
  tell({ event: 'listening', target: config.target, pid: process.pid, proxyPort, adminPort });

  const { parentPid } = config;
  if (parentPid !== undefined) {
    clock.every(PARENT_POLL_MS, () => {
      if (isGone(parentPid)) void stop(`process ${parentPid} is gone`);
    });
  }
};

const complain = (message: string): void => {
  process.stderr.write(`process host: ${message}\n`);
  process.exitCode = 1;
};

// The agent that started this process may die and take the pipes with it; the replicas must not notice.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) {
  complain('name the configuration: host.js --config FILE.json');
} else {
  const config = readHostConfig(values.config);
  if (config.ok) {
    run(config.value, systemClock).catch((error: unknown) => {
      complain(error instanceof Error ? error.message : String(error));
      process.exit();
    });
  } else {
    complain(config.error.message);
  }
}
