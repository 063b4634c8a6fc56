/**
 * Writes the log that every supported Node must recompute byte for byte: pages, resolutions and orders of the payment
 * story. Run when a decision changed on purpose: node dist/test/simulation/write-decisions.js test/fixtures/decisions
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DecisionRecord } from '../../agent/audit/decision-record.ts';
import { type ChainTip, GENESIS, lineOf, sealRecord } from '../../agent/audit/hash-chain.ts';
import { canonicalJson } from '../../core/hash.ts';
import { paymentStory, SILENT_PSP } from './payment-story.ts';
import { createSimulation } from './simulated-agent.ts';

/** Orders carry the whole forecaster: a few say as much as all. */
const ORDERS_KEPT = 3;

const [folder = 'test/fixtures/decisions'] = process.argv.slice(2);
const simulation = await createSimulation(paymentStory());
await simulation.runTo(SILENT_PSP.to + 10);
const orders = simulation.decisions.filter(({ kind }) => kind === 'scale');
const kept = new Set<DecisionRecord>([
  ...simulation.decisions.filter(({ kind }) => kind !== 'scale'),
  ...Array.from(
    { length: ORDERS_KEPT },
    (_, place) => orders[Math.floor(((place + 1) * orders.length) / (ORDERS_KEPT + 1))] as DecisionRecord,
  ),
]);

let tip: ChainTip = GENESIS;
const lines: string[] = [];
for (const record of simulation.decisions.filter((candidate) => kept.has(candidate))) {
  const sealed = sealRecord(record, record.versions, tip);
  tip = { sequence: sealed.sequence, hash: sealed.hash };
  lines.push(`${lineOf(sealed)}\n`);
}
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'decisions.ndjson'), lines.join(''));
writeFileSync(join(folder, 'checkpoint.json'), `${canonicalJson({ sequence: tip.sequence, hash: tip.hash })}\n`);
process.stdout.write(`${lines.length} decisions, ${Buffer.byteLength(lines.join(''))} bytes\n`);
