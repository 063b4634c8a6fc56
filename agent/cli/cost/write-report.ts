import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, type Outcome, succeed } from '../../../core/outcome.ts';

export interface ReportFile {
  readonly name: string;
  readonly content: string;
}

/** All files or none: each is written whole beside its place, and only then do all of them take their names. */
export const writeReport = async (
  folder: string,
  files: readonly ReportFile[],
): Promise<Outcome<readonly string[], Failure<'REPORT_NOT_WRITTEN'>>> => {
  const places = files.map(({ name, content }) => ({
    path: join(folder, name),
    draft: join(folder, `.${name}.${process.pid}.tmp`),
    content,
  }));
  const made: string[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for (const { draft, content } of places) {
      const file = await open(draft, 'wx');
      made.push(draft);
      await file.writeFile(content).finally(() => file.close());
    }
    for (const { draft, path } of places) await rename(draft, path);
    return succeed(places.map(({ path }) => path));
  } catch (cause) {
    await Promise.all(made.map((draft) => rm(draft, { force: true })));
    return fail('REPORT_NOT_WRITTEN', `${folder}: the report cannot be written: ${(cause as Error).message}`, { cause });
  }
};
