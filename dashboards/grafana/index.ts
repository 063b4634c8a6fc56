import { cost } from './cost.ts';
import type { DashboardSpec } from './dashboard.ts';
import { health } from './health.ts';
import { incident } from './incident.ts';
import { overview } from './overview.ts';
import { scaler } from './scaler.ts';
import { service } from './service.ts';

/** One line a dashboard; its file has the name of its uid. */
export const dashboards: readonly DashboardSpec[] = [overview, service, incident, scaler, cost, health];
