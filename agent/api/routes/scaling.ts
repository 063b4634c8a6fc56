import { z } from 'zod';
import { fail } from '../../../core/outcome.ts';
import { pageOf, pageSchema, paging } from '../page-of.ts';
import { answered, defineRoute, type Route } from '../route.ts';
import { scalingView } from '../schemas/scaling.ts';

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/scaling',
  operationId: 'listScaling',
  tag: 'scaling',
  summary: 'Scaled workloads',
  access: 'token',
  query: z.strictObject(paging),
  answer: pageSchema('ScalingPage', scalingView),
  successes: { 200: 'Each with load, forecast, replicas and the newest recommendation' },
  errors: ['INVALID_CURSOR'],
  handle({ query }, { deps }) {
    const page = pageOf(deps.view.state().scaling, ({ target }) => target, query);
    return page.ok ? answered(page.value) : page;
  },
});

const one = defineRoute({
  method: 'GET',
  path: '/api/v1/scaling/{target}',
  operationId: 'getScaling',
  tag: 'scaling',
  summary: 'One scaled workload with its forecast',
  access: 'token',
  pathParameters: z.strictObject({ target: z.string().describe('As configured, slashes as %2F: `process%2Fgateway`') }),
  answer: scalingView,
  successes: { 200: 'Load, forecast, replicas and the newest recommendation' },
  errors: ['UNKNOWN_TARGET'],
  handle({ path }, { deps }) {
    const found = deps.view.state().scaling.find(({ target }) => target === path.target);
    return found === undefined ? fail('UNKNOWN_TARGET', 'no scaled workload has this target') : answered(found);
  },
});

export const scalingRoutes: readonly Route[] = [list, one];
