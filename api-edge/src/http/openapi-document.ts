import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { addExamples, type Described } from './openapi-examples.ts';
import { registerHeaders } from './openapi-headers.ts';
import { scopes, serviceScopes } from './scopes.ts';

/** Version of the contract: raised with every released change (`CHANGELOG.md`). */
const apiVersion = '0.5.0';

/** In alphabetical order, as readers expect it. */
const tags: Readonly<Record<string, string>> = {
  actions: 'What was asked of an object, and what became of it.',
  disputes: 'Claims of payers against payments.',
  documents: 'What a developer reads first.',
  fraud: 'Rules, lists, cases and decisions of the risk desk.',
  identity: 'Users, sessions and their tokens.',
  limits: 'What wallets of a tier may do.',
  notifications: 'What happened, told to those concerned.',
  payments: 'Money from wallet to wallet.',
  refunds: 'Money of a payment on its way back.',
  settlements: 'How merchants come to their money.',
  tickets: 'Conversations with customer service.',
  'top-ups': 'Money from outside onto a wallet.',
  wallets: 'Wallets and what moved on them.',
  webhooks: 'What happened, told to machines of yours.',
  withdrawals: 'Money from a wallet to a bank.',
};

const scopeList = Object.entries(scopes)
  .map(([scope, meaning]) => `\`${scope}\` (${meaning.toLowerCase()})`)
  .join(', ');

/** The OpenAPI 3.1 document of everything that has been registered. */
export function openApiDocument(registry: OpenAPIRegistry): object {
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'The access token of POST /login or POST /token, checked as RFC8725 asks. ' +
      `Scopes: ${scopeList}.`,
  });
  registry.registerComponent('securitySchemes', 'clientCredentials', {
    type: 'oauth2',
    description: "For merchants' back ends. The tokens are JWT as of RFC8725.",
    flows: {
      clientCredentials: {
        tokenUrl: '/token',
        refreshUrl: '/token',
        scopes: Object.fromEntries(serviceScopes.map((scope) => [scope, scopes[scope]])),
      },
    },
  });
  registerHeaders(registry);
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Wallet API',
      version: apiVersion,
      description:
        'A digital wallet. Amounts are integers in minor units. Every refusal is a problem of ' +
        '`GET /errors`. Retry with the same Idempotency-Key: nothing is ever paid twice.',
      contact: {
        name: 'The maintainers of Wallet',
        url: 'https://wallet.example/',
        email: 'support@wallet.test',
      },
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    servers: [
      {
        url: '/',
        description: 'Whichever served this document: production or sandbox.',
        'x-internal': false,
      },
    ],
  });
  bound(document);
  addExamples(document as object as Described);
  return document;
}

const lengthOfFormat: Readonly<Record<string, number>> = { uuid: 36, 'date-time': 24 };

/**
 * Says what follows from a schema and its generator leaves unsaid: the range in which JavaScript
 * reads integers exactly, and how long texts of a fixed form are.
 */
function bound(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as Record<string, unknown>;
  const types = [schema.type].flat();
  if (types.includes('integer')) {
    schema.minimum ??= 'exclusiveMinimum' in schema ? undefined : Number.MIN_SAFE_INTEGER;
    schema.maximum ??= 'exclusiveMaximum' in schema ? undefined : Number.MAX_SAFE_INTEGER;
    schema.format ??= Number(schema.maximum) < 2 ** 31 ? 'int32' : 'int64';
  }
  const length = lengthOfFormat[typeof schema.format === 'string' ? schema.format : ''];
  if (types.includes('string') && length !== undefined) schema.maxLength ??= length;
  for (const member of Object.values(schema)) bound(member);
}
