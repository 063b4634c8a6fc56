import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../core/change.ts';
import { openChangeJournal } from './change-journal.ts';
import { CHANGES_KEPT } from './shard.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'foreshock-changes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const change = (number: number): ChangeEvent => ({
  id: `change-${number}`,
  at: 1_000 * number,
  tenant: 'default',
  kind: 'deploy',
  summary: `release ${number}\nwith a second line`,
  attributes: {},
  source: 'api',
});

describe('the journal of changes', () => {
  it('has every acknowledged change after the process has died, also those acknowledged at once', async () => {
    const path = join(folder, 'deeper', 'changes.ndjson');
    const journal = await openChangeJournal(path);
    expect(journal.known).toEqual([]);
    await Promise.all([1, 2, 3].map((number) => journal.append(change(number))));
    expect((await openChangeJournal(path)).known).toEqual([1, 2, 3].map(change));
    await journal.close();
  });

  it('leaves out what was torn, and writes the next change on a line of its own', async () => {
    const path = join(folder, 'changes.ndjson');
    const journal = await openChangeJournal(path);
    await journal.append(change(1));
    await journal.close();
    appendFileSync(path, `{"id":"change-2","at":2000,"te`);
    const again = await openChangeJournal(path);
    await again.append(change(3));
    await again.close();
    expect((await openChangeJournal(path)).known).toEqual([change(1), change(3)]);
  });

  it('does not grow without end', async () => {
    const path = join(folder, 'changes.ndjson');
    const journal = await openChangeJournal(path);
    for (let number = 0; number < CHANGES_KEPT + 50; number += 1) await journal.append(change(number));
    await journal.close();
    const { known, close } = await openChangeJournal(path);
    await close();
    expect(known).toHaveLength(CHANGES_KEPT);
    expect(known.at(-1)).toEqual(change(CHANGES_KEPT + 49));
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(CHANGES_KEPT);
  });
});
