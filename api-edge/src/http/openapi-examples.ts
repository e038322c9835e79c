import { exampleId } from './openapi.ts';

type Schema = {
  $ref?: string;
  type?: string | string[];
  example?: unknown;
  examples?: unknown[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
};
type Media = { schema?: Schema; example?: unknown; examples?: unknown };
type Body = { content?: Record<string, Media> };
type Operation = { requestBody?: Body; responses: Record<string, Body> };
export type Described = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

/** Gives every body that has no example one, made of the examples of its fields. */
export function addExamples(document: Described): void {
  const { schemas } = document.components;
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    for (const { content = {} } of [
      ...(operation.requestBody === undefined ? [] : [operation.requestBody]),
      ...Object.values(operation.responses),
    ]) {
      for (const [type, media] of Object.entries(content)) {
        if (media.schema === undefined || 'example' in media || 'examples' in media) continue;
        if (/json|urlencoded/.test(type)) media.example = exampleOf(media.schema, schemas);
      }
    }
  }
}

const exampleOfFormat: Readonly<Record<string, string>> = {
  uuid: exampleId,
  'date-time': '2026-03-14T09:26:53.589Z',
  email: 'ada@example.org',
  ipv4: '192.0.2.7',
  uri: 'https://example.org/hook',
};

/** @throws when a text has neither example nor form: its schema must say more */
function exampleOf(schema: Schema, schemas: Record<string, Schema>): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.$ref !== undefined) {
    return exampleOf(schemas[schema.$ref.slice('#/components/schemas/'.length)] ?? {}, schemas);
  }
  const [part] = schema.anyOf ?? schema.oneOf ?? [];
  if (part !== undefined) return exampleOf(part, schemas);
  if (schema.allOf !== undefined) {
    return Object.assign({}, ...schema.allOf.map((each) => exampleOf(each, schemas))) as unknown;
  }
  const [type] = [schema.type].flat();
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [
          name,
          exampleOf(property, schemas),
        ]),
      );
    case 'array':
      return schema.items === undefined ? [] : [exampleOf(schema.items, schemas)];
    case 'integer':
    case 'number':
      return Math.max(0, schema.minimum ?? 0);
    case 'boolean':
      return true;
    case 'string':
      return textExample(schema);
    default:
      return null;
  }
}

function textExample(schema: Schema): string {
  const example = exampleOfFormat[schema.format ?? ''];
  if (example !== undefined) return example;
  throw new Error(`a text of the document has no example: ${JSON.stringify(schema)}`);
}
