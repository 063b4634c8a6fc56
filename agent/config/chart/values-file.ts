import { stringify } from 'yaml';
import { z } from 'zod';
import { PRODUCT } from '../../../core/names.ts';
import { configJsonSchema, type JsonSchema } from '../json-schema.ts';
import { valuesSchema } from './values-schema.ts';

type Node = JsonSchema & { readonly examples?: readonly unknown[] };

/** Keys of the agent that follow from how the pod is built; a user who could set them could only break the pod. */
const OWNED_BY_THE_CHART: readonly (readonly string[])[] = [
  ['dataDirectory'],
  ['otlp', 'host'],
  ['otlp', 'port'],
  ['otlp', 'grpc', 'port'],
  ['api', 'host'],
  ['api', 'port'],
  ['api', 'tokenFile'],
  ['kubernetes', 'enabled'],
  ['kubernetes', 'kubeconfig'],
  ['kubernetes', 'namespaces'],
  ['kubernetes', 'nodes'],
  ['kubernetes', 'lease', 'namespace'],
  ['demo'],
];

const COLUMNS = 110;

const without = (schema: JsonSchema, [key, ...rest]: readonly (string | undefined)[]): JsonSchema => {
  if (key === undefined || schema.properties === undefined) return schema;
  const { [key]: member, ...others } = schema.properties;
  const [next] = rest;
  if (next === undefined || member === undefined) return { ...schema, properties: others };
  return { ...schema, properties: { ...schema.properties, [key]: without(member, rest) } };
};

/** The schema of the agent as the chart lets users write it. */
const chartConfigSchema = (): JsonSchema => {
  const { $schema: _, ...whole } = configJsonSchema() as JsonSchema & { readonly $schema?: string };
  return OWNED_BY_THE_CHART.reduce(without, whole as JsonSchema);
};

const valuesJsonSchema = (): Node => z.toJSONSchema(valuesSchema, { io: 'input' }) as Node;

/** charts/foreshock/values.schema.json */
export const valuesSchemaFile = (): string => {
  const schema = valuesJsonSchema();
  const { description, examples } = (schema.properties as Readonly<Record<'config', Node>>).config;
  const config = { ...chartConfigSchema(), description, examples };
  return `${JSON.stringify({ ...schema, properties: { ...schema.properties, config } }, null, 2)}\n`;
};

const wrapped = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
};

const yamlLines = (value: unknown): readonly string[] => stringify(value, { lineWidth: 0 }).trimEnd().split('\n');

const exampleLines = (examples: readonly unknown[]): readonly string[] =>
  examples.flatMap((example) => ['For example:', ...yamlLines(example).map((line) => `  ${line}`)]);

/** One key with its comment above it, as lines without indentation. */
const keyLines = (key: string, schema: Node, value: unknown): readonly string[] => {
  const { description = '', examples = [] } = schema;
  const comment = [...wrapped(description, COLUMNS), ...exampleLines(examples)].map((line) => `# ${line}`.trimEnd());
  // A section whose default is whole (`resources`) is replaced as one; the others are made of their members.
  if (schema.properties !== undefined && Object.keys(value as object).length === 0) {
    return [...comment, `${key}:`, ...memberLines(schema).map((line) => (line === '' ? '' : `  ${line}`))];
  }
  return [...comment, ...yamlLines({ [key]: value })];
};

const memberLines = (schema: Node): readonly string[] =>
  Object.entries(schema.properties ?? {})
    .filter(([, member]) => member.default !== undefined)
    .flatMap(([key, member]) => keyLines(key, member, member.default));

/** charts/foreshock/values.yaml: every value with its default, and what it means above it. */
export const valuesFile = (): string => {
  const schema = valuesJsonSchema();
  const sections = Object.entries(schema.properties ?? {})
    .filter(([, member]) => member.default !== undefined)
    .map(([key, member]) => keyLines(key, member, member.default).join('\n'));
  return [
    `# Values of the chart ${PRODUCT}. Made from agent/config/chart/values-schema.ts, which values.schema.json holds you to.`,
    ...sections,
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
};
