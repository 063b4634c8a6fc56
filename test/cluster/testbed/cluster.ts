/** A real Kubernetes API for one test file: etcd, kube-apiserver and what moves a cluster, as processes on loopback. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppsV1Api, AutoscalingV2Api, CoreV1Api, Health, KubeConfig, RbacAuthorizationV1Api, StorageV1Api } from '@kubernetes/client-node';
import { writeAdministratorToken, writeKubeconfig } from './access.ts';
import { type AuditedRequest, auditedRequests } from './audit.ts';
import * as plane from './control-plane.ts';
import { builtPrograms, ownFolder } from './folder.ts';
import { type HelmResult, runHelm } from './helm.ts';
import { addNodes, allNodesAreReady, type NodeSize } from './nodes.ts';
import { freePorts } from './ports.ts';
import { type Program, startProgram, waitUntil } from './program.ts';
import { addDefaultStorageClass } from './volumes.ts';

/** What runs beside etcd and kube-apiserver. */
export type Component = 'controller-manager' | 'scheduler' | 'kwok';

export interface ClusterOptions {
  /** All of them unless named. */
  readonly components?: readonly Component[];
  /** Nodes, when kwok is there to keep them Ready; 3 unless named. */
  readonly nodes?: number;
  readonly nodeSize?: NodeSize;
}

export interface Cluster {
  /** https://127.0.0.1:PORT */
  readonly server: string;
  /** File of the certificate that signs the server's. */
  readonly certificateAuthority: string;
  /** File of a kubeconfig that may do everything. */
  readonly kubeconfig: string;
  /** Temporary, removed by `stop`; logs are in `<program>.log`. */
  readonly folder: string;
  /** What started, by pid, in order of start. */
  readonly programs: readonly Program[];
  /** Typed clients of the administrator. */
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly rbac: RbacAuthorizationV1Api;
  /** Any other API, or another's rights: `configFor(kubeconfig).makeApiClient(...)`. */
  configFor(kubeconfig: string): KubeConfig;
  /** File of a new kubeconfig for the bearer of this token. */
  kubeconfigFor(token: string, namespace?: string): string;
  /** A token by the TokenRequest API, as a pod of this ServiceAccount would hold. */
  serviceAccountToken(namespace: string, name: string): Promise<string>;
  /** Every request of a ServiceAccount so far, reads too, from the audit log of the API server. */
  requestsOf(namespace: string, name: string): readonly AuditedRequest[];
  /** Runs helm as the administrator, or with another kubeconfig. */
  helm(args: readonly string[], kubeconfig?: string): Promise<HelmResult>;
  stop(): Promise<void>;
}

const EVERYTHING: readonly Component[] = ['controller-manager', 'scheduler', 'kwok'];
const NODE: NodeSize = { cpu: '32', memory: '128Gi', pods: '110' };
const START_LIMIT_MS = 120_000;

/**
 * Annotations of a pod template: each pod is Ready this long after it was placed on a node, to the second.
 * All four are needed: kwok's own stages scatter both steps over seconds, and take a scatter that ends
 * before the delay as the delay.
 */
export const readyAfter = (seconds: number): Record<string, string> => ({
  'pod-create.stage.kwok.x-k8s.io/delay': '0s',
  'pod-create.stage.kwok.x-k8s.io/jitter-delay': '0s',
  'pod-ready.stage.kwok.x-k8s.io/delay': `${seconds}s`,
  'pod-ready.stage.kwok.x-k8s.io/jitter-delay': `${seconds}s`,
});

const configOf = (kubeconfig: string): KubeConfig => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return config;
};

const assemble = async (folder: string, programs: Program[], options: ClusterOptions): Promise<Omit<Cluster, 'stop'>> => {
  const bin = builtPrograms();
  const components = options.components ?? EVERYTHING;
  const [etcdPort, etcdPeerPort, apiPort, kwokPort] = (await freePorts(4)) as [number, number, number, number];
  const settings: plane.ControlPlane = { folder, etcdPort, etcdPeerPort, apiPort, kwokPort };
  const start = async ({ program, args }: plane.CommandLine): Promise<void> => {
    programs.push(await startProgram(folder, join(bin, program), program, args));
  };

  plane.writeServiceAccountKeys(settings);
  const administrator = writeAdministratorToken(folder);
  await start(plane.etcd(settings));
  await start(plane.apiServer(settings, administrator.file, components.includes('controller-manager')));

  const server = `https://127.0.0.1:${apiPort}`;
  const certificateAuthority = join(plane.certificates(settings), 'apiserver.crt');
  const access = { server, certificateAuthority, folder };
  const kubeconfig = writeKubeconfig(access, administrator.token);
  const config = configOf(kubeconfig);
  await waitUntil('kube-apiserver is ready', START_LIMIT_MS, programs, async () => {
    return existsSync(certificateAuthority) && (await new Health(config).readyz({}));
  });

  if (components.includes('controller-manager')) await start(plane.controllerManager(settings, kubeconfig));
  if (components.includes('scheduler')) await start(plane.scheduler(kubeconfig));
  if (components.includes('kwok')) await start(plane.kwok(settings, kubeconfig, join(bin, 'stages.yaml')));

  const core = config.makeApiClient(CoreV1Api);
  if (components.includes('controller-manager')) {
    await waitUntil('namespace default has its ServiceAccount', START_LIMIT_MS, programs, async () => {
      return (await core.listNamespacedServiceAccount({ namespace: 'default' })).items.length > 0;
    });
  }
  if (components.includes('kwok')) {
    await addDefaultStorageClass(config.makeApiClient(StorageV1Api));
    const count = options.nodes ?? 3;
    await addNodes(core, count, options.nodeSize ?? NODE);
    const taintsLeave = components.includes('controller-manager');
    await waitUntil('every node is Ready', START_LIMIT_MS, programs, () => allNodesAreReady(core, count, taintsLeave));
  }

  return {
    ...access,
    kubeconfig,
    programs,
    core,
    apps: config.makeApiClient(AppsV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    configFor: configOf,
    kubeconfigFor: (token, namespace) => writeKubeconfig(access, token, namespace),
    async serviceAccountToken(namespace, name) {
      const body = { spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: 3600 } };
      const request = await core.createNamespacedServiceAccountToken({ namespace, name, body });
      return request.status!.token;
    },
    requestsOf: (namespace, name) => auditedRequests(folder).filter(({ user }) => user === `system:serviceaccount:${namespace}:${name}`),
    helm: (args, as = kubeconfig) => runHelm(bin, folder, as, args),
  };
};

/** Takes 5 to 10 s and about 600 MB; end it with `stop` in `afterAll`. */
export const startCluster = async (options: ClusterOptions = {}): Promise<Cluster> => {
  const folder = ownFolder();
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    process.off('disconnect', stop);
    await Promise.all(programs.map((program) => program.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  // A test worker outlives the runner that started it; its cluster shall not.
  process.on('disconnect', stop);
  try {
    return { ...(await assemble(folder, programs, options)), stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
};
