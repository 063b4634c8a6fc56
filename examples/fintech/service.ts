import { randomUUID } from 'node:crypto';
import { seededRandom } from '../../core/random.ts';
import { systemClock } from '../../core/system-clock.ts';
import { parseConfig, type ServiceConfig, type ServiceName, serviceConfigSchema } from './config.ts';
import { adminListener, answerProbe } from './http/admin.ts';
import { writeJson } from './http/body.ts';
import { instrumentedListener } from './http/instrumented-server.ts';
import { type Listener, listen } from './http/listener.ts';
import { createPeer, type Peer } from './http/peer.ts';
import { runUntilStopped, say } from './process-life.ts';
import { seedFor } from './service-time.ts';
import { createGateway } from './services/gateway.ts';
import { createLedger } from './services/ledger.ts';
import { createProvider } from './services/provider.ts';
import { createRisk } from './services/risk.ts';
import { createRouter } from './services/router.ts';
import type { ServiceContext, ServiceParts } from './services/service-parts.ts';
import { startTelemetry } from './telemetry.ts';

/** Every call inside the flow is bounded by this. */
const PEER_TIMEOUT_MS = 3_000;
/** Running payments may finish within this when the process is told to stop. */
const DRAIN_MS = 4_000;
const FLUSH_MS = 2_000;

const createService = (context: ServiceContext): ServiceParts => {
  const { service } = context.config;
  switch (service) {
    case 'gateway':
      return createGateway(context);
    case 'risk':
      return createRisk(context);
    case 'router':
      return createRouter(context);
    case 'ledger':
      return createLedger(context);
    case 'psp-north':
    case 'psp-south':
      return createProvider(service, context);
  }
};

const main = async (config: ServiceConfig): Promise<void> => {
  const clock = systemClock;
  const { service, host } = config;
  const instance = config.instance ?? `${service}-${randomUUID()}`;
  const telemetry = startTelemetry({ ...config, instance, otlpUrl: config.otlpUrl, prometheus: service === 'router' });
  const peers: Peer[] = [];
  const peer = (name: ServiceName): Peer => {
    const url = config.peers[name];
    if (url === undefined) throw new Error(`${service} calls ${name}: give --peer ${name}=URL`);
    const created = createPeer({ name, url, timeoutMs: PEER_TIMEOUT_MS, telemetry, clock });
    peers.push(created);
    return created;
  };
  const parts = createService({ config, clock, telemetry, peer, random: seededRandom(seedFor(config.seed, service, instance)) });

  let ready = false;
  const isReady = (): boolean => ready;
  const payments = instrumentedListener(parts.routes, telemetry, clock);
  const listener: Listener = await listen(host, config.port, clock, (request, response) => {
    const probe = answerProbe(request.url ?? '', service, isReady);
    if (probe === undefined) payments(request, response);
    else writeJson(response, probe.status, probe.body);
  });
  const admin = await listen(
    host,
    config.adminPort,
    clock,
    adminListener({ service, faults: parts.faults, routes: parts.adminRoutes, isReady, telemetry }),
  );
  const address = { service, instance, pid: process.pid, port: listener.port, adminPort: admin.port };
  say({ event: 'listening', ...address });

  await runUntilStopped({
    clock,
    parentPid: config.parentPid,
    async start() {
      await parts.warmUp();
      ready = true;
      say({ event: 'ready', ...address });
    },
    async stop() {
      ready = false;
      await listener.close(DRAIN_MS);
      parts.faults.end();
      parts.close();
      await admin.close(0);
      for (const each of peers) each.close();
    },
    flush: () => telemetry.shutdown(),
    flushWithinMs: FLUSH_MS,
  });
};

const config = parseConfig(serviceConfigSchema, process.argv.slice(2));
if (config.ok) {
  main(config.value).catch((error: unknown) => {
    process.stderr.write(`${config.value.service}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
} else {
  process.stderr.write(`${config.error.message}\n`);
  process.exitCode = 2;
}
