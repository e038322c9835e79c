import { narrowings, type Schema, type Schemas } from './narrowing.ts';

type Content = Record<string, { schema?: Schema }>;
type Parameter = { name: string; in: string; required?: boolean; schema?: Schema };
type Answer = { headers?: Record<string, unknown>; content?: Content };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Answer>;
  security?: Record<string, unknown>[];
};
export type ApiDocument = {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas };
};

/**
 * What a client of the released document would trip over: one line a difference. New operations,
 * optional fields, further fields and words in answers, and further codes are no breaks.
 */
export function breakingDifferences(released: ApiDocument, current: ApiDocument): string[] {
  return Object.entries(released.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, before]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const after = current.paths[path]?.[method];
      if (after === undefined) return [`${name}: removed`];
      const schemas = { before: released.components.schemas, after: current.components.schemas };
      return operationBreaks(before, after, schemas).map((what) => `${name}: ${what}`);
    }),
  );
}

type BothSchemas = { before: Schemas; after: Schemas };

function operationBreaks(before: Operation, after: Operation, schemas: BothSchemas): string[] {
  return [
    ...(isOpen(before) && !isOpen(after) ? ['now needs a token'] : []),
    ...parameterBreaks(before.parameters ?? [], after.parameters ?? [], schemas),
    ...bodyBreaks(before, after, schemas),
    ...answerBreaks(before.responses, after.responses, schemas),
  ];
}

function isOpen({ security = [] }: Operation): boolean {
  return security.length === 0 || security.some((need) => Object.keys(need).length === 0);
}

function parameterBreaks(
  before: readonly Parameter[],
  after: readonly Parameter[],
  schemas: BothSchemas,
): string[] {
  const same = (one: Parameter) => (other: Parameter) =>
    one.name.toLowerCase() === other.name.toLowerCase() && one.in === other.in;
  return [
    ...before.flatMap((parameter) => {
      const now = after.find(same(parameter));
      if (now === undefined) return [`parameter ${parameter.name} removed`];
      const where = `parameter ${parameter.name}`;
      return [
        ...(now.required === true && parameter.required !== true ? [`${where} now required`] : []),
        ...narrowings(parameter.schema, now.schema, { ...schemas, where, sentBy: 'client' }),
      ];
    }),
    ...after
      .filter((parameter) => parameter.required === true && !before.some(same(parameter)))
      .map(({ name }) => `new required parameter ${name}`),
  ];
}

function bodyBreaks(before: Operation, after: Operation, schemas: BothSchemas): string[] {
  const [was, is] = [before.requestBody, after.requestBody];
  if (is === undefined) return was === undefined ? [] : ['body removed'];
  if (was === undefined) return is.required === true ? ['new required body'] : [];
  return contentBreaks(was.content, is.content, { ...schemas, where: 'body', sentBy: 'client' });
}

function answerBreaks(
  before: Record<string, Answer>,
  after: Record<string, Answer>,
  schemas: BothSchemas,
): string[] {
  return Object.entries(before).flatMap(([status, was]) => {
    const is = after[status];
    // A refusal that no longer happens hurts nobody.
    if (is === undefined) return status.startsWith('2') ? [`answer ${status} removed`] : [];
    const where = `answer ${status}`;
    const lost = Object.keys(was.headers ?? {}).filter((name) => !(name in (is.headers ?? {})));
    return [
      ...lost.map((name) => `${where}: header ${name} removed`),
      ...contentBreaks(was.content ?? {}, is.content ?? {}, {
        ...schemas,
        where,
        sentBy: 'server',
      }),
    ];
  });
}

function contentBreaks(
  before: Content,
  after: Content,
  context: Parameters<typeof narrowings>[2],
): string[] {
  return Object.entries(before).flatMap(([type, { schema }]) => {
    const now = after[type];
    if (now === undefined) return [`${context.where}: ${type} removed`];
    return narrowings(schema, now.schema, context);
  });
}
