import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { canonicalJson, type Json, sha256Hex } from '../../core/hash.ts';
import type { Failure, Outcome } from '../../core/outcome.ts';
import { fail, succeed } from '../../core/outcome.ts';
import { objectivesOf } from '../slo/open-slo.ts';
import { type OpenSloProblem, readOpenSlo } from '../slo/open-slo-files.ts';
import { type ConfigProblem, problemsOf } from './problem.ts';
import { type Config, configSchema } from './schema.ts';

/** A configuration is written by hand; what is larger is something else. */
const BYTES_MAX = 1024 * 1024;

export interface ConfigFailure extends Failure<'CONFIG_INVALID'> {
  readonly problems: readonly ConfigProblem[];
}

const invalid = (
  fileName: string,
  problems: readonly ConfigProblem[],
  cause?: unknown,
): { readonly ok: false; readonly error: ConfigFailure } => {
  const message = problems.map(({ line, column, message: what }) => `${fileName}: line ${line}, column ${column}: ${what}`).join('\n');
  return { ok: false, error: { ...fail('CONFIG_INVALID', message, { cause }).error, problems } };
};

const wholeFile = (fileName: string, message: string, cause?: unknown): { readonly ok: false; readonly error: ConfigFailure } => ({
  ok: false,
  error: { ...fail('CONFIG_INVALID', `${fileName}: ${message}`, { cause }).error, problems: [{ line: 1, column: 1, path: '', message }] },
});

/** YAML adds the place and a drawing of the line to its messages; the place is told by us, and the line may hold a secret. */
const firstSentence = (message: string): string => (message.split(/ at line \d+|\n/)[0] ?? message).trim();

/** Checks the text of a configuration file. All problems are reported at once, each with line, column and what to do. */
export const parseConfig = (yamlText: string, fileName: string): Outcome<Config, ConfigFailure> => {
  if (yamlText.length > BYTES_MAX) return wholeFile(fileName, `the file is larger than ${BYTES_MAX} bytes`);
  const lines = new LineCounter();
  try {
    const document = parseDocument(yamlText, { lineCounter: lines, prettyErrors: true, version: '1.2', uniqueKeys: true });
    if (document.errors.length > 0) {
      return invalid(
        fileName,
        document.errors.map((error) => {
          const { line, col } = lines.linePos(error.pos[0]);
          return { line: Math.max(1, line), column: Math.max(1, col), path: '', message: `not YAML: ${firstSentence(error.message)}` };
        }),
      );
    }
    const written: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
    const checked = configSchema.safeParse(written);
    if (checked.success) return succeed(checked.data);
    return invalid(fileName, problemsOf(checked.error.issues, document, written, lines));
  } catch (error) {
    // Nesting deeper than the stack and alias bombs end here.
    return wholeFile(fileName, `the file cannot be read as YAML: ${firstSentence((error as Error).message)}`, error);
  }
};

/** An entry of a list: what ends in `File` names one. */
const besideFiles = <Entry extends object>(entry: Entry, beside: (path: string) => string): Entry =>
  Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key, key.endsWith('File') && typeof value === 'string' ? beside(value) : value]),
  ) as Entry;

/** Relative paths in the file mean: beside the file. */
const resolvePaths = (config: Config, folder: string): Config => {
  const beside = (path: string): string => resolve(folder, path);
  const { tokenFile } = config.api;
  const { recording } = config.history;
  const { kubeconfig } = config.kubernetes;
  return {
    ...config,
    dataDirectory: beside(config.dataDirectory),
    api: { ...config.api, ...(tokenFile === undefined ? {} : { tokenFile: beside(tokenFile) }) },
    kubernetes: { ...config.kubernetes, ...(kubeconfig === undefined ? {} : { kubeconfig: beside(kubeconfig) }) },
    history: { ...config.history, ...(recording === undefined ? {} : { recording: beside(recording) }) },
    openslo: config.openslo.map(beside),
    nats: config.nats.map((source) => besideFiles(source, beside)),
    notifiers: config.notifiers.map((notifier) => besideFiles(notifier, beside)),
  };
};

/** The objectives of OpenSLO documents beside those of the file itself. */
const withOpenSlo = async (config: Config): Promise<Outcome<Config, ConfigFailure>> => {
  if (config.openslo.length === 0) return succeed(config);
  const read = await Promise.all(config.openslo.map(readOpenSlo));
  const mapped = objectivesOf(read.flatMap(({ documents }) => documents));
  const problems: OpenSloProblem[] = [...read.flatMap((file) => file.problems), ...mapped.problems];
  const objectives = [...config.objectives, ...mapped.objectives];
  const names = new Set<string>();
  for (const { name } of objectives) {
    const message = `objective \`${name}\` is there twice, in the OpenSLO files or among \`objectives\`; give each its own name`;
    if (names.has(name)) problems.push({ file: config.openslo[0] as string, line: 1, column: 1, message });
    names.add(name);
  }
  if (problems.length === 0) return succeed({ ...config, objectives });
  const text = problems.map(({ file, line, column, message }) => `${file}: line ${line}, column ${column}: ${message}`).join('\n');
  const located = problems.map(({ line, column, message }) => ({ line, column, path: '', message }));
  return { ok: false, error: { ...fail('CONFIG_INVALID', text).error, problems: located } };
};

/** Reads and checks a configuration file with what it refers to; relative paths in it become absolute, from the folder of the file. */
export const loadConfig = async (path: string): Promise<Outcome<Config, ConfigFailure>> => {
  let text: string;
  try {
    if ((await stat(path)).size > BYTES_MAX) return wholeFile(path, `the file is larger than ${BYTES_MAX} bytes`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return wholeFile(path, code === 'ENOENT' ? 'there is no such file' : `the file cannot be read: ${message}`, error);
  }
  const parsed = parseConfig(text, path);
  return parsed.ok ? withOpenSlo(resolvePaths(parsed.value, dirname(resolve(path)))) : parsed;
};

/** SHA-256 of what the configuration means: comments, order and spelled-out defaults do not change it. */
export const configHash = (config: Config): string => sha256Hex(canonicalJson(config as unknown as Json));
