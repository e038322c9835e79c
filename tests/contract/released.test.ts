import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeApi } from '@wallet/api-edge';
import { breakingDifferences, type ApiDocument } from './breaking.ts';
import { clientFile, renderClient } from './generated-client.ts';
import { releasedFile } from './released-file.ts';

const released = JSON.parse(readFileSync(releasedFile, 'utf8')) as ApiDocument;
const current = JSON.parse(JSON.stringify(describeApi({ sandbox: false }))) as ApiDocument;
type Versioned = { info: { version: string } };

describe('the document', () => {
  test('breaks nothing that the released one promised (npm run release-document)', () => {
    expect(breakingDifferences(released, current)).toEqual([]);
  });

  test('has the version that stands first in the changelog', () => {
    const changelog = readFileSync(new URL('../CHANGELOG.md', releasedFile), 'utf8');
    const [, version] = /^## (\d+\.\d+\.\d+)/m.exec(changelog) ?? [];
    expect((current as object as Versioned).info.version).toBe(version);
  });

  test('is what the client package was generated from (npm run generate-client)', async () => {
    expect(await renderClient()).toBe(readFileSync(clientFile, 'utf8'));
  });
});

/** The released document after a change. */
function changed(change: (document: ApiDocument) => void): ApiDocument {
  const document = structuredClone(released);
  change(document);
  return document;
}

const pay = (document: ApiDocument) => document.paths['/payments']?.post;
const paymentRequest = (document: ApiDocument) => document.components.schemas.PaymentRequest ?? {};
const payment = (document: ApiDocument) => document.components.schemas.Payment ?? {};

describe('breaks are', () => {
  test.each<[string, (document: ApiDocument) => void, string]>([
    ['a removed path', (it) => delete it.paths['/wallets'], 'GET /wallets: removed'],
    [
      'a new required field',
      (it) => paymentRequest(it).required?.push('reference'),
      'POST /payments: body: field reference now required',
    ],
    [
      'a removed field of a request',
      (it) => delete paymentRequest(it).properties?.description,
      'POST /payments: body: field description removed',
    ],
    [
      'a removed field of an answer',
      (it) => void payment(it).required?.splice(0, 1),
      'GET /payments/{id}: answer 200: field id may be missing',
    ],
    [
      'a narrower text',
      (it) => void Object.assign(paymentRequest(it).properties?.reference ?? {}, { maxLength: 5 }),
      'POST /payments: body.reference: maxLength lowered to 5',
    ],
    [
      'another type',
      (it) =>
        void Object.assign(paymentRequest(it).properties?.amount_minor ?? {}, { type: 'string' }),
      'POST /payments: body.amount_minor: type integer no longer taken',
    ],
    [
      'a lost word',
      (it) => void it.components.schemas.Currency?.enum?.shift(),
      'POST /wallets: body.currency: "AUD" no longer taken',
    ],
    [
      'an answer that may be null',
      (it) =>
        void Object.assign(payment(it).properties?.fee_minor ?? {}, { type: ['integer', 'null'] }),
      'GET /payments/{id}: answer 200.fee_minor: may now be null',
    ],
    [
      'a new required parameter',
      (it) =>
        void it.paths['/wallets']?.get?.parameters?.push({
          name: 'of',
          in: 'query',
          required: true,
        }),
      'GET /wallets: new required parameter of',
    ],
    [
      'a removed header',
      (it) => delete pay(it)?.responses['202']?.headers?.Location,
      'POST /payments: answer 202: header Location removed',
    ],
    [
      'a lost answer',
      (it) => delete pay(it)?.responses['202'],
      'POST /payments: answer 202 removed',
    ],
    [
      'a closed door',
      (it) =>
        void Object.assign(it.paths['/errors']?.get ?? {}, { security: [{ accessToken: [] }] }),
      'GET /errors: now needs a token',
    ],
  ])('%s', (_name, change, line) => {
    expect(breakingDifferences(released, changed(change))).toContain(line);
  });
});

test.each<[string, (document: ApiDocument) => void]>([
  ['nothing', () => {}],
  ['a new path', (it) => void (it.paths['/new'] = it.paths['/wallets'] ?? {})],
  [
    'a new optional field and a further field of an answer',
    (it) => {
      for (const schema of [paymentRequest(it), payment(it)]) {
        schema.properties = { ...schema.properties, note: { type: 'string' } };
      }
    },
  ],
  ['a new problem code', (it) => void it.components.schemas.ProblemCode?.enum?.push('new_code')],
  [
    'a wider text',
    (it) => void Object.assign(paymentRequest(it).properties?.reference ?? {}, { maxLength: 65 }),
  ],
  [
    'a further noun among the forms of an answer',
    (it) => {
      const answer = it.paths['/actions/{id}']?.get?.responses['200']?.content;
      const schema = answer?.['application/json']?.schema;
      schema?.anyOf?.push({ properties: { object: { enum: ['new_action'] } } });
    },
  ],
  ['a refusal that no longer happens', (it) => delete pay(it)?.responses['409']],
])('no break is %s', (_name, change) => {
  expect(breakingDifferences(released, changed(change))).toEqual([]);
});
