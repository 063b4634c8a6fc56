import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../agent/telemetry/telemetry.ts';
import { renderDashboard } from './dashboard.ts';
import { dashboards } from './index.ts';

const committed = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.json'));
const queries = dashboards.flatMap(({ uid, rows }) =>
  rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => ({ where: `${uid}: ${panel.title}`, expr })))),
);

/** Every object in a JSON value. */
const objectsIn = (value: unknown): readonly Record<string, unknown>[] => {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  return [value as Record<string, unknown>, ...Object.values(value).flatMap(objectsIn)];
};

describe('the Grafana dashboards', () => {
  it.each(dashboards.map((spec) => [spec.uid, spec] as const))('%s is committed as it is built', (uid, spec) => {
    const text = readFileSync(join(import.meta.dirname, `${uid}.json`), 'utf8');
    expect(JSON.parse(text), 'run: npm run dashboards').toEqual(JSON.parse(JSON.stringify(renderDashboard(spec))));
  });

  it('are all there, and nothing else', () => {
    expect(committed.toSorted()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).toSorted());
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  });

  it('let the reader choose the data source, and carry no id of another Grafana', () => {
    for (const spec of dashboards) {
      const model = JSON.parse(JSON.stringify(renderDashboard(spec))) as Record<string, unknown>;
      expect(model.id ?? null, spec.uid).toBeNull();
      const sources = objectsIn(model).flatMap(({ datasource }) => (datasource === undefined ? [] : [datasource]));
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources) expect(source, spec.uid).toEqual({ type: 'prometheus', uid: `$\{datasource}` });
    }
  });

  it('ask only for metrics that the agent has', async () => {
    const telemetry = createTelemetry();
    const known = new Set([...(await telemetry.expose()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string));
    telemetry.close();
    for (const { where, expr } of queries) {
      for (const [name] of expr.matchAll(/foreshock_[a-z_]+/g)) expect(known, `${where}: ${name}`).toContain(name.replace(/_bucket$/, ''));
    }
  });

  it('say with every panel what it is good for', () => {
    for (const { rows } of dashboards)
      for (const { panels } of rows) for (const { title, description } of panels) expect(description, title).toMatch(/^\S.{15,}\.$/);
  });
});
