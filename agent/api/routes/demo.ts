import { z } from 'zod';
import { fail } from '../../../core/outcome.ts';
import { answered, defineRoute, type Route } from '../route.ts';

const fault = defineRoute({
  method: 'POST',
  path: '/api/v1/demo/faults/{id}',
  operationId: 'switchFault',
  tag: 'demo',
  summary: 'Start a fault of the demo, or end the one that runs',
  access: 'token',
  pathParameters: z.strictObject({ id: z.string() }),
  answer: z.strictObject({ status: z.literal('started') }),
  successes: { 202: 'The demo was told' },
  errors: ['UNKNOWN_FAULT', 'DEMO_UNAVAILABLE'],
  isServed: (deps) => deps.demoFault !== undefined,
  async handle({ path }, { deps }) {
    const outcome = await deps.demoFault?.(path.id);
    if (outcome === undefined) return fail('UNKNOWN_FAULT', 'no demo runs here');
    return outcome.ok ? answered({ status: 'started' } as const, 202) : outcome;
  },
});

export const demoRoutes: readonly Route[] = [fault];
