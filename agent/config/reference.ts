import { PRODUCT } from '../../core/names.ts';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

interface Row {
  readonly key: string;
  readonly type: string;
  readonly standard: string;
  readonly meaning: string;
}

const isDuration = ({ anyOf }: JsonSchema): boolean =>
  anyOf !== undefined &&
  anyOf.length === 2 &&
  anyOf.some((kind) => kind.type === 'number') &&
  anyOf.some((kind) => kind.pattern !== undefined);

const typeOf = (schema: JsonSchema): string => {
  if (isDuration(schema)) return 'duration';
  if (schema.anyOf?.some((kind) => kind.format === 'date-time')) return 'instant';
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.type === 'array') return schema.items === undefined ? 'list' : `list of ${typeOf(schema.items)}`;
  const names: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false', object: 'section' };
  const types = schema.type === undefined ? ['any'] : [schema.type].flat();
  return types.map((type) => names[type] ?? type).join(' or ');
};

/** Bars would end a cell of the table. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const standardOf = (schema: JsonSchema, required: boolean): string => {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default).replace(/^"(.*)"$/, '$1')}\``;
  return required ? 'required' : '';
};

/** What all kinds of an entry have is said once. */
const onceEach = (rows: readonly Row[]): readonly Row[] => [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];

const rowsOf = (schema: JsonSchema, path: string, required: boolean): readonly Row[] => {
  const own = (type: string, standard: string): Row => ({ key: path, type, standard, meaning: schema.description ?? '' });
  const kinds = schema.items?.oneOf ?? (schema.items?.properties === undefined ? undefined : [schema.items]);
  if (kinds !== undefined) {
    const entries = kinds.flatMap((kind) => membersOf(kind, `${path}[]`));
    return [own('list of sections', standardOf(schema, required)), ...onceEach(entries)];
  }
  if (schema.properties !== undefined) return [...(path === '' ? [] : [own('section', '')]), ...membersOf(schema, path)];
  return [own(typeOf(schema), standardOf(schema, required))];
};

const membersOf = (schema: JsonSchema, path: string): readonly Row[] =>
  Object.entries(schema.properties ?? {}).flatMap(([key, member]) =>
    rowsOf(member, path === '' ? key : `${path}.${key}`, schema.required?.includes(key) ?? false),
  );

/** docs/configuration.md, made from the schema. */
export const documentedDefaults = (): string =>
  [
    '# Configuration',
    '',
    '<!-- Made by agent/config/generate-reference.ts from agent/config/schema.ts. -->',
    '',
    `${PRODUCT} reads one YAML file. Every key may be left out unless it is marked required; a key it does not know is an error that names the line.`,
    `\`${PRODUCT} check <file>\` says what the file would do, without doing it.`,
    '',
    '- Durations are seconds when written as a number, or text such as `400ms`, `10s`, `5m`, `1h30m`, `7d`.',
    '- Relative paths start at the folder of the configuration file.',
    '- Secrets stand in files that the configuration names, never in the configuration.',
    '',
    '| Key | Type | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...rowsOf(configJsonSchema(), '', false).map(
      ({ key, type, standard, meaning }) => `| \`${key}\` | ${cell(type)} | ${cell(standard)} | ${cell(meaning)} |`,
    ),
    '',
  ].join('\n');
