import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { ChangeEvent } from '../../../core/change.ts';
import type { Recommendation } from '../../../scaler/recommendation.ts';
import type { DecisionRecord } from '../../audit/decision-record.ts';
import type { Incident } from '../../incident/incident.ts';
import { incident as fixture } from '../../notify/message.fixture.ts';
import type { DecisionView, Sent } from '../contract.ts';
import { type changeEvent, incident } from './incident.ts';
import type { recommendation } from './scaling.ts';

describe('the schemas of nouns that are made elsewhere', () => {
  it('have the shape of the nouns', () => {
    expectTypeOf<Sent<z.output<typeof incident>>>().toEqualTypeOf<Sent<Incident>>();
    expectTypeOf<Sent<z.output<typeof changeEvent>>>().toEqualTypeOf<Sent<ChangeEvent>>();
    expectTypeOf<Recommendation>().toExtend<Sent<z.output<typeof recommendation>>>();
    expectTypeOf<DecisionRecord>().toExtend<DecisionView>();
  });

  it('read back an unknown number, which travels as null', () => {
    const sent = fixture({ findings: fixture().findings.map((finding) => ({ ...finding, upper: Number.NaN })) });
    const read = incident.parse(JSON.parse(JSON.stringify(sent)));
    expect(read).toEqual(sent);
  });
});
