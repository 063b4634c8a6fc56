import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { StringDecoder } from 'node:string_decoder';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubernetesApi, KubernetesFailure, KubernetesRequest } from '../../core/kubernetes-api.ts';
import { type Outcome, succeed } from '../../core/outcome.ts';
import { failureOfStatus, kubernetesFailure } from './failure.ts';

export interface KubernetesClientOptions {
  /** A kubeconfig file; the ServiceAccount of the pod when left out. */
  readonly kubeconfig?: string;
}

/** Lists of a large namespace take tens of megabytes; more is something else. */
const BODY_BYTES_MAX = 128 * 1024 * 1024;
/** etcd takes objects of up to 1.5 MiB. */
const LINE_CHARACTERS_MAX = 8 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
/** A connection that died without a word is noticed by the kernel. */
const KEEP_ALIVE_MS = 15_000;

/** Half a second and 50 MB: only agents that talk to a cluster load it. */
const loadKubeConfig = async ({ kubeconfig }: KubernetesClientOptions): Promise<KubeConfig> => {
  const { KubeConfig: Library } = await import('@kubernetes/client-node');
  const loaded = new Library();
  if (kubeconfig === undefined) loaded.loadFromCluster();
  else loaded.loadFromFile(kubeconfig);
  return loaded;
};

/**
 * The one place that knows the Kubernetes client library. It reads the kubeconfig and proves who we are (tokens,
 * certificates, exec plug-ins, rotation). Requests and watches are plain HTTP with JSON: the library's own informer
 * notices no half-open connection, asks for no bookmarks, stops at the first error and restarts without a pause;
 * its typed calls hide Retry-After and drop fields they do not know.
 */
export const createKubernetesClient = (options: KubernetesClientOptions): KubernetesApi => {
  let loading: Promise<KubeConfig> | undefined;
  const config = (): Promise<KubeConfig> => {
    loading ??= loadKubeConfig(options).catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  const send = async (request: KubernetesRequest, signal: AbortSignal): Promise<IncomingMessage> => {
    const { method, path, query, body } = request;
    const loaded = await config();
    const cluster = loaded.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig names no cluster');
    const url = new URL(`${cluster.server.replace(/\/$/, '')}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sending: RequestOptions = { method, signal, headers: { accept: 'application/json' } };
    if (text !== undefined) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      sending.headers = { ...sending.headers, 'content-type': type, 'content-length': Buffer.byteLength(text) };
    }
    await loaded.applyToHTTPSOptions(sending);
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, sending, resolve);
      outgoing.on('error', reject);
      outgoing.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
      outgoing.end(text);
    });
  };

  const readAll = async (message: IncomingMessage): Promise<string> => {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of message as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > BODY_BYTES_MAX) {
        message.destroy();
        throw new Error(`the answer is larger than ${BODY_BYTES_MAX} bytes`);
      }
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  };

  const isSuccess = ({ statusCode }: IncomingMessage): boolean => statusCode !== undefined && statusCode >= 200 && statusCode < 300;

  return {
    async request(request, signal) {
      const what = `${request.method} ${request.path}`;
      try {
        const answer = await send(request, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]));
        const text = await readAll(answer);
        if (!isSuccess(answer)) return failureOfStatus(what, answer, text);
        return succeed(JSON.parse(text) as unknown);
      } catch (cause) {
        return kubernetesFailure('UNAVAILABLE', `${what}: no usable answer (${String((cause as Error).message)})`, { cause });
      }
    },
    async watch({ path, query, onOpen, onEvent }, signal): Promise<Outcome<void, KubernetesFailure>> {
      const what = `watch ${path}`;
      try {
        const answer = await send({ method: 'GET', path, query: { ...query, watch: 'true' } }, signal);
        if (!isSuccess(answer)) return failureOfStatus(what, answer, await readAll(answer));
        onOpen();
        const decoder = new StringDecoder('utf8');
        let rest = '';
        for await (const part of answer as AsyncIterable<Buffer>) {
          const lines = (rest + decoder.write(part)).split('\n');
          rest = lines.pop() ?? '';
          if (rest.length > LINE_CHARACTERS_MAX) throw new Error(`an event is longer than ${LINE_CHARACTERS_MAX} characters`);
          for (const line of lines) {
            if (line.trim() === '') continue;
            const { type, object } = JSON.parse(line) as { readonly type?: unknown; readonly object?: unknown };
            onEvent(String(type), object);
          }
        }
        return succeed(undefined);
      } catch (cause) {
        return kubernetesFailure('UNAVAILABLE', `${what}: the stream broke (${String((cause as Error).message)})`, { cause });
      }
    },
  };
};
