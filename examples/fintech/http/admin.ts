import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FaultSwitch } from '../faults.ts';
import type { Telemetry } from '../telemetry.ts';
import { readJson, writeJson } from './body.ts';

export interface AdminReply {
  readonly status: number;
  readonly body: unknown;
}

/** "METHOD /path" -> what it does with the body. */
export type AdminRoutes = Readonly<Record<string, (body: unknown) => AdminReply>>;

export interface AdminOptions {
  readonly service: string;
  readonly faults: FaultSwitch;
  readonly routes: AdminRoutes;
  readonly isReady: () => boolean;
  readonly telemetry: Telemetry;
}

const FAULTS = '/admin/faults';

const listFaults = (faults: FaultSwitch): AdminReply => ({
  status: 200,
  body: { active: faults.list().map(({ fault, elapsedMs }) => ({ ...fault, elapsedMs: Math.round(elapsedMs) })) },
});

const faultRoute = (method: string, path: string, body: unknown, faults: FaultSwitch): AdminReply | undefined => {
  if (path !== FAULTS && !path.startsWith(`${FAULTS}/`)) return undefined;
  const kind = path.slice(FAULTS.length + 1) || undefined;
  switch (method) {
    case 'GET':
      return listFaults(faults);
    case 'DELETE':
      return { status: 200, body: { ended: faults.end(kind) } };
    case 'POST': {
      const started = faults.start(body);
      if (!started.ok) return { status: 400, body: { error: started.error.code, message: started.error.message } };
      return listFaults(faults);
    }
    default:
      return { status: 405, body: { error: 'METHOD_NOT_ALLOWED', message: `${FAULTS} takes GET, POST and DELETE` } };
  }
};

/** Probes that Kubernetes expects, on the admin port and on the payment port. */
export const answerProbe = (path: string, service: string, isReady: () => boolean): AdminReply | undefined => {
  if (path === '/healthz') return { status: 200, body: { service, alive: true } };
  if (path === '/readyz') return { status: isReady() ? 200 : 503, body: { service, ready: isReady() } };
  return undefined;
};

/** The admin port: probes, faults, Prometheus metrics where the service has them, and its own routes. */
export const adminListener = (options: AdminOptions): RequestListener => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET';
    const path = request.url?.split('?', 1)[0] ?? '/';
    if (path === '/metrics' && options.telemetry.prometheusHandler !== undefined)
      return options.telemetry.prometheusHandler(request, response);
    const body = await readJson(request);
    if (!body.ok) return writeJson(response, 400, { error: body.error.code, message: body.error.message });
    const reply = answerProbe(path, options.service, options.isReady) ??
      faultRoute(method, path, body.value, options.faults) ??
      options.routes[`${method} ${path}`]?.(body.value) ?? {
        status: 404,
        body: { error: 'NOT_FOUND', message: `no route ${method} ${path}` },
      };
    writeJson(response, reply.status, reply.body);
  };
  return (request, response) => void answer(request, response);
};
