import { readSchema, type AvroJson } from '../src/schema-files.ts';
import { recordFiles } from './schema-versions.ts';

type Named = { readonly [key: string]: unknown };
type Field = { readonly name: string; readonly type: AvroJson; readonly doc?: string };

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'bigint',
  string: 'string',
};

/** The text of `src/records.generated.ts`: one TypeScript type per named Avro record. */
export function renderRecords(): string {
  const declarations = new Map<string, string>();
  for (const file of recordFiles) typeOf(readSchema(file), declarations);
  const header =
    '// Generated from schemas/avro by schemas/scripts/generate-records.ts: do not edit.';
  return `${header}\n\n${[...declarations.values()].join('\n\n')}\n`;
}

function typeOf(schema: AvroJson, declarations: Map<string, string>): string {
  if (Array.isArray(schema)) {
    // The null branch reads best last.
    const branches = schema.map((branch) => typeOf(branch, declarations));
    return [...branches.filter((b) => b !== 'null'), ...branches.filter((b) => b === 'null')].join(
      ' | ',
    );
  }
  if (typeof schema === 'string') {
    const primitive = primitives[schema];
    if (primitive === undefined) throw new Error(`no TypeScript type for the Avro type ${schema}`);
    return primitive;
  }
  return namedTypeOf(schema, declarations);
}

function namedTypeOf(schema: Named, declarations: Map<string, string>): string {
  switch (schema['type']) {
    case 'record':
      return declareRecord(schema, declarations);
    case 'enum':
      return declare(
        schema,
        (schema['symbols'] as string[]).map((symbol) => `'${symbol}'`).join(' | '),
        declarations,
      );
    case 'fixed':
      return 'Buffer';
    case 'array':
      return `readonly (${typeOf(schema['items'] as AvroJson, declarations)})[]`;
    case 'map':
      return `Readonly<Record<string, ${typeOf(schema['values'] as AvroJson, declarations)}>>`;
    case 'long':
      return schema['logicalType'] === 'timestamp-millis' ? 'number' : 'bigint';
    default:
      return typeOf(schema['type'] as AvroJson, declarations);
  }
}

function declareRecord(schema: Named, declarations: Map<string, string>): string {
  const fields = (schema['fields'] as Field[]).map((field) => {
    const doc = field.doc === undefined ? '' : `  /** ${field.doc} */\n`;
    return `${doc}  readonly ${field.name}: ${typeOf(field.type, declarations)};\n`;
  });
  return declare(schema, `{\n${fields.join('')}}`, declarations);
}

function declare(schema: Named, body: string, declarations: Map<string, string>): string {
  const name = schema['name'] as string;
  const doc = schema['doc'] === undefined ? '' : `/** ${schema['doc'] as string} */\n`;
  const text = `${doc}export type ${name} = ${body};`;
  const earlier = declarations.get(name);
  if (earlier !== undefined && earlier !== text) {
    throw new Error(`two different Avro definitions are named ${name}`);
  }
  declarations.set(name, text);
  return name;
}
