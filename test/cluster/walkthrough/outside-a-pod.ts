/** The agent as the pod of the release would run it, in a process of this machine: the test bed has no containers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import type { Child, Children } from '../../../examples/fintech/demo/children.ts';
import { type Installation, OWN_NAMESPACE } from './installation.ts';

export const CLI = fileURLToPath(new URL('../../../agent/cli/foreshock.js', import.meta.url));

export interface Outside {
  readonly child: Child;
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly decisionLog: string;
  readonly apiUrl: string;
  readonly otlpUrl: string;
}

interface Listening {
  readonly event: string;
  readonly api: number;
  readonly otlp: number;
}

/** What the kubelet would mount and what the cluster would route, in the places they have here. Nothing else is changed. */
const asHere = (rendered: string, directory: string, { kubeconfig, tokenFile }: Installation, history: object): object => {
  const { kubernetes, ...config } = parse(rendered) as { readonly kubernetes: { readonly lease?: object } };
  return {
    ...config,
    dataDirectory: join(directory, 'data'),
    api: { port: 0, tokenFile },
    otlp: { port: 0, grpc: { port: 0 } },
    kubernetes: { ...kubernetes, kubeconfig, lease: { ...kubernetes.lease, namespace: OWN_NAMESPACE } },
    history,
  };
};

/** Resolves once it listens. */
export const startOutside = async (
  children: Children,
  directory: string,
  installation: Installation,
  history: { readonly recording: string; readonly endsAt: number },
): Promise<Outside> => {
  const configFile = join(directory, 'foreshock.yaml');
  writeFileSync(configFile, stringify(asHere(installation.configuration, directory, installation, history)), { mode: 0o600 });
  let child: Child | undefined;
  const listening = await new Promise<Listening>((resolve, reject) => {
    const started = children.start({
      name: 'agent',
      command: process.execPath,
      args: [CLI, 'run', '--config', configFile],
      onLine(line) {
        const told = JSON.parse(line) as Listening;
        if (told.event === 'listening') resolve(told);
      },
    });
    child = started;
    void started.exited.then((code) =>
      reject(new Error(`the agent ended (${code ?? 'signal'}) before it listened\n${started.lastWords()}`)),
    );
  });
  const dataDirectory = join(directory, 'data');
  return {
    child: child as Child,
    configFile,
    dataDirectory,
    decisionLog: join(dataDirectory, 'decisions', 'decisions.ndjson'),
    apiUrl: `http://127.0.0.1:${listening.api}`,
    otlpUrl: `http://127.0.0.1:${listening.otlp}`,
  };
};
