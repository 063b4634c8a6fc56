// Runs inside the container's root file system, as the only other process there: starts the agent by the image's entry point, asks
// it what a kubelet and a sender would, stops it, and prints what it saw as one line of JSON.
//   node probe.mjs '["node", "...", "run", ...]'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const shipped = createRequire('/app/package.json');
const API = 'http://127.0.0.1:8080';
const [command, ...args] = JSON.parse(process.argv[2]);
const agent = spawn(command, args, { stdio: ['ignore', 'inherit', 'pipe'] });
const exited = once(agent, 'exit');
let log = '';
agent.stderr.on('data', (chunk) => {
  log += chunk;
});

const statusOf = async (path, headers = {}) => {
  try {
    return (await fetch(`${API}${path}`, { headers })).status;
  } catch {
    return 0;
  }
};

const until = async (isSo) => {
  for (let tries = 0; tries < 300; tries += 1) {
    if (agent.exitCode !== null) throw new Error(`the agent ended: ${log}`);
    if (await isSo()) return true;
    await sleep(100);
  }
  throw new Error(`not within 30 s: ${isSo}\n${log}`);
};

const exportOnce = async () => {
  const { MeterProvider, PeriodicExportingMetricReader } = shipped('@opentelemetry/sdk-metrics');
  const { OTLPMetricExporter } = shipped('@opentelemetry/exporter-metrics-otlp-proto');
  const exporter = new OTLPMetricExporter({ url: 'http://127.0.0.1:4318/v1/metrics' });
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter('probe').createCounter('probe.requests').add(7);
  await provider.forceFlush();
  await provider.shutdown();
};

const attempt = (path) => {
  try {
    writeFileSync(path, 'x');
    return 'written';
  } catch (error) {
    return error.code;
  }
};

const filesUnder = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

await until(async () => (await statusOf('/healthz')) === 200);
const seen = { node: process.version, uid: process.getuid(), healthz: await statusOf('/healthz') };
seen.readyz = (await until(async () => (await statusOf('/readyz')) === 200)) && 200;
seen.page = await statusOf('/');
seen.stateWithoutToken = await statusOf('/api/v1/state');
const token = readFileSync('/run/secrets/foreshock/token', 'utf8').trim();
const headers = { authorization: `Bearer ${token}` };
seen.stateWithToken = await statusOf('/api/v1/state', headers);
await exportOnce();
const metrics = await (await fetch(`${API}/metrics`, { headers })).text();
seen.acceptedPoints = Number(/^foreshock_ingest_accepted_total\{kind="data_points"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
seen.capabilities = /^CapEff:\s+(\w+)$/m.exec(status)[1];
seen.anonymousMegabytes = Math.round(Number(/^RssAnon:\s+(\d+)/m.exec(status)[1]) / 1024);
seen.writeToApp = attempt('/app/x');
seen.writeToEtc = attempt('/etc/foreshock/x');
seen.writeToUsr = attempt('/usr/x');
agent.kill('SIGTERM');
[seen.exitCode] = await exited;
seen.filesInTmp = filesUnder('/tmp').length;
seen.filesInData = filesUnder('/var/lib/foreshock').length;
process.stdout.write(`${JSON.stringify({ event: 'probed', ...seen })}\n`);
