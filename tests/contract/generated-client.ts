import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { describeApi } from '@wallet/api-edge';

/** The committed file, written by `npm run generate-client`. */
export const clientFile = new URL('../../api-client/src/api.generated.ts', import.meta.url);

/** The types of the document as TypeScript. */
export async function renderClient(): Promise<string> {
  const document = describeApi({ sandbox: false }) as OpenAPI3;
  return astToString(await openapiTypescript(document, { alphabetize: true }));
}
