/**
 * The sending half of the end-to-end bench, in a process of its own: keeps some requests under way for some seconds and
 * prints how many were acknowledged, and in how long.
 *   node otlp-sender.js grpc|http PORT SECONDS < BODY
 */
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createGrpcClient, EXPORT_METRICS } from '../collectors/otlp/fixtures/grpc-client.ts';

const UNDER_WAY = 8;

const [, , protocol, port, seconds] = process.argv;
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
const body = Buffer.concat(chunks);

const agent = new Agent({ keepAlive: true, maxSockets: UNDER_WAY });
const byHttp = (): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const sent = request({ agent, host: '127.0.0.1', port: Number(port), path: '/v1/metrics', method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    sent.on('error', reject);
    sent.end(body);
  });
const client = createGrpcClient(Number(port));
const byGrpc = async (): Promise<boolean> => (await client.call(EXPORT_METRICS, body)).code === 0;
const send = protocol === 'grpc' ? byGrpc : byHttp;

await send();
const begun = performance.now();
const ends = begun + Number(seconds) * 1_000;
let acknowledged = 0;
const keepSending = async (): Promise<void> => {
  while (performance.now() < ends) if (await send()) acknowledged += 1;
};
await Promise.all(Array.from({ length: UNDER_WAY }, keepSending));
process.stdout.write(JSON.stringify({ acknowledged, seconds: (performance.now() - begun) / 1_000 }));
process.exit(0);
