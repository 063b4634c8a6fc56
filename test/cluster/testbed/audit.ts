/** What ServiceAccounts asked of the API server, as its own audit log tells it: reads too, so that silence can be told from absence. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** One request that was answered, or whose answer has begun, as that of a watch. */
export interface AuditedRequest {
  /** system:serviceaccount:NAMESPACE:NAME */
  readonly user: string;
  readonly verb: string;
  /** deployments, deployments/scale; empty where no resource was asked for. */
  readonly resource: string;
  readonly namespace: string;
  readonly code: number;
}

interface AuditEvent {
  readonly auditID: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly namespace?: string };
  readonly responseStatus?: { readonly code?: number };
}

const policyFile = (folder: string): string => join(folder, 'audit-policy.yaml');
const logFile = (folder: string): string => join(folder, 'audit.log');

/** Controllers and the administrator of the test bed are no ServiceAccounts, so only what a test brings is written down. */
const POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }],
};

/** Flags of kube-apiserver. */
export const auditFlags = (folder: string): readonly string[] => {
  writeFileSync(policyFile(folder), stringify(POLICY));
  return [`--audit-policy-file=${policyFile(folder)}`, `--audit-log-path=${logFile(folder)}`];
};

const requestOf = ({ verb, user, objectRef, responseStatus }: AuditEvent): AuditedRequest => ({
  user: user.username,
  verb,
  resource: [objectRef?.resource, objectRef?.subresource].filter((part) => part !== undefined).join('/'),
  namespace: objectRef?.namespace ?? '',
  code: responseStatus?.code ?? 0,
});

/** In order. A watch has a line when it begins and one when it ends; it counts once. */
export const auditedRequests = (folder: string): readonly AuditedRequest[] => {
  const lines = readFileSync(logFile(folder), 'utf8').split('\n');
  // The last line may be under way.
  const events = lines.slice(0, -1).map((line): AuditEvent => JSON.parse(line));
  return [...new Map(events.map((event) => [event.auditID, requestOf(event)])).values()];
};
