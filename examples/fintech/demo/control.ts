import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fleet } from './fleet.ts';
import { describeBlame } from './judge.ts';
import { type Blame, type FaultKind, NAMESPACE, type PlannedFault } from './schedule.ts';

const post = async (url: string, body: unknown, method = 'POST'): Promise<unknown> => {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
};

export interface Change {
  readonly id: string;
  readonly kind: 'deploy' | 'flag' | 'config' | 'routing';
  readonly service: string;
  readonly summary: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Reports a change to the agent, as a deployment pipeline would. */
export const reportChange = async (fleet: Fleet, change: Change): Promise<void> => {
  await post(`${fleet.apiUrl}/api/v1/changes`, change);
};

/** Lock hold time grows to this multiple; creeping, so that there is something to see coming. */
const LOCK = { factor: 26, rampMs: 22_000 };
/** About one connection a second is lost whatever the load: the pool of eight is gone after some eight seconds, day or night. */
const LEAKS_PER_SECOND = 1;
const leakShare = (paymentsPerSecond: number): number => Math.min(0.5, Math.max(0.015, LEAKS_PER_SECOND / Math.max(1, paymentsPerSecond)));
const ERROR_SHARE = 0.6;
const DECLINE_SHARE = 0.9;

const faultUrl = (fleet: Fleet, service: string): string => `${fleet.adminUrls[service]}/admin/faults`;

/**
 * Breaks one thing. The agent is told of nothing but, for the silent one, of the routing change that an operator
 * would have reported: the decline that follows it is for the agent to see.
 */
export const switchOn = async (
  fleet: Fleet,
  fault: PlannedFault,
  changeId: string,
  paymentsPerSecond: number,
): Promise<string | undefined> => {
  switch (fault.kind) {
    case 'lock-contention':
      await post(faultUrl(fleet, 'ledger'), { kind: fault.kind, ...LOCK });
      return undefined;
    case 'pool-exhaustion':
      await post(faultUrl(fleet, 'risk'), { kind: fault.kind, leakShare: leakShare(paymentsPerSecond) });
      return undefined;
    case 'error-burst':
      await post(faultUrl(fleet, fault.provider ?? 'psp-north'), { kind: fault.kind, share: ERROR_SHARE });
      return undefined;
    case 'decline-issuer': {
      const provider = fault.provider ?? 'psp-south';
      const issuer = fault.issuer ?? 'birch';
      const other = provider === 'psp-north' ? 'psp-south' : 'psp-north';
      await post(`${fleet.adminUrls.router}/admin/routing`, { issuer, weights: { [provider]: 9, [other]: 1 } });
      await reportChange(fleet, {
        id: changeId,
        kind: 'routing',
        service: `${NAMESPACE}/router`,
        summary: `${issuer} routed to ${provider} (9:1)`,
        attributes: { provider, issuer },
      });
      await post(faultUrl(fleet, provider), { kind: fault.kind, issuer, share: DECLINE_SHARE });
      return changeId;
    }
  }
};

export const switchOff = async (fleet: Fleet, fault: PlannedFault): Promise<void> => {
  const service = {
    'lock-contention': 'ledger',
    'pool-exhaustion': 'risk',
    'error-burst': fault.provider ?? 'psp-north',
    'decline-issuer': fault.provider ?? 'psp-south',
  }[fault.kind];
  await post(`${faultUrl(fleet, service)}/${fault.kind}`, undefined, 'DELETE');
  if (fault.kind === 'decline-issuer') await post(`${fleet.adminUrls.router}/admin/routing`, undefined, 'DELETE');
};

const service = (name: string): Blame => ({ kind: 'service', service: `${NAMESPACE}/${name}` });

const button = (kind: FaultKind, title: string, more: Pick<PlannedFault, 'blame'> & Partial<PlannedFault>): PlannedFault => ({
  kind,
  title,
  startsAtMs: 0,
  durationMs: 0,
  ...more,
});

/** A button does not know the load; the middle of the day is assumed. */
const BUTTON_RATE = 25;

const BUTTONS: readonly PlannedFault[] = [
  button('lock-contention', 'lock contention in the ledger', { blame: service('ledger') }),
  button('pool-exhaustion', 'exhaust the pool of risk', { blame: service('risk') }),
  button('error-burst', 'errors at psp-north', { provider: 'psp-north', blame: service('psp-north') }),
  button('decline-issuer', 'psp-south silently declines birch', {
    provider: 'psp-south',
    issuer: 'birch',
    blame: { kind: 'slice', parts: { provider: 'psp-south', issuer: 'birch' } },
  }),
];

export interface ControlState {
  phase: string;
  remainingSeconds: number;
  eventLoopLagMs: number;
  /** Buttons appear once the planned run is over. */
  buttons: boolean;
}

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** What the page's buttons talk to, by way of the agent's API. */
export const startControl = (state: ControlState, fleet: () => Fleet | undefined, note: (text: string) => void): Promise<Control> =>
  new Promise((resolve, reject) => {
    const active = new Set<FaultKind>();
    const toggle = async (fault: PlannedFault): Promise<void> => {
      const running = fleet();
      if (running === undefined) throw new Error('the services are not running');
      if (active.delete(fault.kind)) {
        await switchOff(running, fault);
        note(`button: ended ${fault.title}`);
      } else {
        await switchOn(running, fault, `routing-by-button-${Date.now()}`, BUTTON_RATE);
        active.add(fault.kind);
        note(`button: ${fault.title} (a right answer names ${describeBlame(fault.blame)})`);
      }
    };
    const server = createServer((request, response) => {
      const send = (status: number, body: unknown): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (request.method === 'GET' && request.url === '/view') {
        const { phase, remainingSeconds, eventLoopLagMs, buttons } = state;
        const faultButtons = buttons ? BUTTONS.map(({ kind, title }) => ({ id: kind, label: title, active: active.has(kind) })) : [];
        send(200, { phase, remainingSeconds, eventLoopLagMs, faultButtons });
        return;
      }
      const fault = BUTTONS.find(({ kind }) => request.url === `/faults/${kind}`);
      if (request.method !== 'POST' || fault === undefined || !state.buttons) {
        send(404, { code: 'UNKNOWN_FAULT' });
        return;
      }
      toggle(fault).then(
        () => send(202, {}),
        (error: unknown) => send(503, { message: String(error) }),
      );
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `http://127.0.0.1:${port}`,
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections();
            server.close(() => closed());
          }),
      });
    });
  });
