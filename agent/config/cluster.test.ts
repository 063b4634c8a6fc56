import { describe, expect, it } from 'vitest';
import { parseConfig } from './load.ts';

const policy = 'service: ingress, loadPerReplica: 100, maxReplicas: 4';
const messageOf = (text: string): string => {
  const parsed = parseConfig(text, 'foreshock.yaml');
  return parsed.ok ? '' : parsed.error.message;
};

describe('a configuration of a cluster', () => {
  it.each([
    [`scaling:\n  - { kind: scale, target: deployment/payments/gateway, ${policy} }`],
    [`scaling:\n  - { kind: hpa-floor, target: statefulset/payments/ledger-0.eu, ${policy} }`],
    [`scaling:\n  - { target: process/gateway, adminUrl: "http://127.0.0.1:1", ${policy} }`],
    ['kubernetes: { enabled: true, namespaces: [payments] }'],
  ])('takes %s', (text) => {
    expect(messageOf(text)).toBe('');
  });

  it.each([
    [
      `scaling:\n  - { kind: sclae, target: deployment/payments/gateway, ${policy} }`,
      'line 2, column 13: `scaling[0].kind`: expected one of `process`, `scale`, `hpa-floor`',
    ],
    [
      `scaling:\n  - { kind: scale, target: payments/gateway, ${policy} }`,
      '`scaling[0].target`: expected deployment/NAMESPACE/NAME or statefulset/NAMESPACE/NAME',
    ],
    [`scaling:\n  - { kind: scale, target: deployment/../gateway, ${policy} }`, 'expected deployment/NAMESPACE/NAME'],
    [
      `scaling:\n  - { kind: scale, target: deployment/payments/gateway, adminUrl: "http://127.0.0.1:1", ${policy} }`,
      'unknown key `adminUrl`',
    ],
    ['kubernetes: { enabled: true }', '`kubernetes.namespaces`: name at least one namespace to watch'],
    ['kubernetes: { namespaces: ["Payments"] }', 'expected a name of lower-case letters, digits and dashes'],
    ['kubernetes: { lease: { duration: 5s } }', '`kubernetes.lease.renewDeadline`: must be shorter than `duration`'],
  ])('refuses %s', (text, expected) => {
    expect(messageOf(text)).toContain(expected);
  });
});
