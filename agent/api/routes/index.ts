import type { Route } from '../route.ts';
import { changeRoutes } from './changes.ts';
import { decisionRoutes } from './decisions.ts';
import { demoRoutes } from './demo.ts';
import { incidentRoutes } from './incidents.ts';
import { nowRoutes } from './now.ts';
import { operationRoutes } from './operation.ts';
import { scalingRoutes } from './scaling.ts';
import { signalRoutes } from './signals.ts';

/** Every route of the API, in the order of the document. */
export const routes: readonly Route[] = [
  ...nowRoutes,
  ...incidentRoutes,
  ...signalRoutes,
  ...scalingRoutes,
  ...decisionRoutes,
  ...changeRoutes,
  ...operationRoutes,
  ...demoRoutes,
];
