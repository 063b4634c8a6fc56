/** The command lines of the control plane: everything on 127.0.0.1, nothing that outlives the test. */
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditFlags } from './audit.ts';

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
}

export interface ControlPlane {
  readonly folder: string;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  readonly apiPort: number;
  readonly kwokPort: number;
}

const loopback = (port: number): string => `http://127.0.0.1:${port}`;

export const certificates = ({ folder }: ControlPlane): string => join(folder, 'certificates');

const serviceAccountKey = ({ folder }: ControlPlane): string => join(folder, 'service-account.key');
const serviceAccountPublicKey = ({ folder }: ControlPlane): string => join(folder, 'service-account.pub');

/** The pair that signs the tokens of ServiceAccounts and checks them. */
export const writeServiceAccountKeys = (plane: ControlPlane): void => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  writeFileSync(serviceAccountKey(plane), privateKey, { mode: 0o600 });
  writeFileSync(serviceAccountPublicKey(plane), publicKey);
};

export const etcd = (plane: ControlPlane): CommandLine => ({
  program: 'etcd',
  args: [
    '--name=testbed',
    `--data-dir=${join(plane.folder, 'etcd')}`,
    `--listen-client-urls=${loopback(plane.etcdPort)}`,
    `--advertise-client-urls=${loopback(plane.etcdPort)}`,
    `--listen-peer-urls=${loopback(plane.etcdPeerPort)}`,
    `--initial-advertise-peer-urls=${loopback(plane.etcdPeerPort)}`,
    `--initial-cluster=testbed=${loopback(plane.etcdPeerPort)}`,
    '--unsafe-no-fsync',
  ],
});

export const apiServer = (plane: ControlPlane, tokenFile: string, admitServiceAccounts: boolean): CommandLine => ({
  program: 'kube-apiserver',
  args: [
    `--etcd-servers=${loopback(plane.etcdPort)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${plane.apiPort}`,
    `--cert-dir=${certificates(plane)}`,
    `--service-account-key-file=${serviceAccountPublicKey(plane)}`,
    `--service-account-signing-key-file=${serviceAccountKey(plane)}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--endpoint-reconciler-type=none',
    ...auditFlags(plane.folder),
    // Without the controller nobody makes the "default" ServiceAccounts that this plugin demands of every pod.
    ...(admitServiceAccounts ? [] : ['--disable-admission-plugins=ServiceAccount']),
  ],
});

export const controllerManager = (plane: ControlPlane, kubeconfig: string): CommandLine => ({
  program: 'kube-controller-manager',
  args: [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${serviceAccountKey(plane)}`,
    '--leader-elect=false',
    '--secure-port=0',
    '--horizontal-pod-autoscaler-sync-period=1s',
  ],
});

export const scheduler = (kubeconfig: string): CommandLine => ({
  program: 'kube-scheduler',
  args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
});

export const kwok = (plane: ControlPlane, kubeconfig: string, stages: string): CommandLine => ({
  program: 'kwok',
  args: [
    `--kubeconfig=${kubeconfig}`,
    '--manage-all-nodes',
    // Its stages heartbeat by leases alone; without one the nodes are given up after fifty seconds, and every pod with them.
    '--node-lease-duration-seconds=40',
    `--server-address=127.0.0.1:${plane.kwokPort}`,
    `--config=${stages}`,
  ],
});
